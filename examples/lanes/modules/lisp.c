// A small Lisp: reads a program, evaluates it, and prints the result. It brings an allocator that never frees, as one
// process needs: its memory goes when it ends.
#include "module.h"

IMPORT(print) void print(const char *text, u32 length);

typedef struct cell {
    enum { NUMBER, SYMBOL, PAIR } kind;
    i32 number;
    struct cell *head, *tail;
} cell;

static cell cells[6000];
static u32 used;
static const char *source;
static cell *globals;

static cell *make(int kind, i32 number, cell *head, cell *tail) {
    if (used == sizeof cells / sizeof *cells)
        __builtin_trap();
    cell *made = &cells[used++];
    made->kind = kind;
    made->number = number;
    made->head = head;
    made->tail = tail;
    return made;
}

static cell *read(void);

static cell *read_list(void) {
    while (*source == ' ')
        source++;
    if (*source == ')') {
        source++;
        return 0;
    }
    cell *head = read();
    return make(PAIR, 0, head, read_list());
}

static cell *read(void) {
    while (*source == ' ')
        source++;
    if (*source == '(') {
        source++;
        return read_list();
    }
    if (*source >= '0' && *source <= '9') {
        i32 number = 0;
        while (*source >= '0' && *source <= '9')
            number = number * 10 + (*source++ - '0');
        return make(NUMBER, number, 0, 0);
    }
    // A symbol is its letters, four at most.
    i32 letters = 0;
    while (*source && *source != ' ' && *source != ')')
        letters = letters << 8 | *source++;
    return make(SYMBOL, letters, 0, 0);
}

static cell *look_up(cell *list, i32 name) {
    for (; list; list = list->tail)
        if (list->head->head->number == name)
            return list->head;
    return 0;
}

static cell *evaluate(cell *code, cell *scope);

static cell *apply(cell *function, cell *arguments, cell *scope) {
    // (fn (names) body)
    cell *inner = scope;
    for (cell *name = function->tail->head; name; name = name->tail, arguments = arguments->tail)
        inner = make(PAIR, 0, make(PAIR, 0, name->head, evaluate(arguments->head, scope)), inner);
    return evaluate(function->tail->tail->head, inner);
}

static cell *evaluate(cell *code, cell *scope) {
    if (!code || code->kind == NUMBER)
        return code;
    if (code->kind == SYMBOL) {
        cell *found = look_up(scope, code->number);
        if (!found)
            found = look_up(globals, code->number);
        if (!found)
            __builtin_trap();
        return found->tail;
    }
    i32 name = code->head->kind == SYMBOL ? code->head->number : 0;
    cell *rest = code->tail;
    switch (name) {
    case 'f' << 8 | 'n':
        return code;
    case 'd' << 16 | 'e' << 8 | 'f': {
        cell *value = evaluate(rest->tail->head, scope);
        globals = make(PAIR, 0, make(PAIR, 0, rest->head, value), globals);
        return value;
    }
    case 'i' << 8 | 'f':
        return evaluate(evaluate(rest->head, scope)->number ? rest->tail->head : rest->tail->tail->head, scope);
    case '+':
    case '-':
    case '*':
    case '<': {
        i32 a = evaluate(rest->head, scope)->number, b = evaluate(rest->tail->head, scope)->number;
        return make(NUMBER, name == '+' ? a + b : name == '-' ? a - b : name == '*' ? a * b : a < b, 0, 0);
    }
    default:
        return apply(evaluate(code->head, scope), rest, scope);
    }
}

static i32 result(u32 number) {
    used = 0;
    globals = 0;
    source = "(def fib (fn (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))))";
    evaluate(read(), 0);
    source = "(def sum (fn (n) (if (< n 1) 0 (+ n (sum (- n 1))))))";
    evaluate(read(), 0);
    source = "(+ (fib k) (sum (* k 2)))";
    cell *k = make(NUMBER, number % 8 + 2, 0, 0);
    cell *scope = make(PAIR, 0, make(PAIR, 0, make(SYMBOL, 'k', 0, 0), k), 0);
    return evaluate(read(), scope)->number;
}

EXPORT(run) u64 run(u32 number) { return (u64)result(number) << 32 | used; }

EXPORT(show) void show(u32 number) {
    char text[12];
    u32 at = sizeof text;
    text[--at] = '\n';
    i32 value = result(number);
    do
        text[--at] = (char)('0' + value % 10);
    while (value /= 10);
    print(text + at, sizeof text - at);
}
