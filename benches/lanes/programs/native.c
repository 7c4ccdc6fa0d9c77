// Runs a program as native code for a second of processor time; prints the sum of what it gives, and the milliseconds.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

unsigned long long many(unsigned count);

int main(int count, char **words) {
    unsigned instances = count > 1 ? (unsigned)atoi(words[1]) : 1024;
    unsigned long long sum = many(instances);
    clock_t before = clock();
    int calls = 0;
    while (clock() - before < CLOCKS_PER_SEC / 2) {
        sum = many(instances);
        calls++;
    }
    printf("%llu %f\n", sum, (double)(clock() - before) * 1e3 / CLOCKS_PER_SEC / calls);
}
