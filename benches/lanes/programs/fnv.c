// The example of this name, with more turns.
#define TURNS 50000
#include "peer.h"
#include "../../../examples/lanes/modules/fnv.c"
