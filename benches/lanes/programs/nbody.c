// The example of this name, with more turns.
#define TURNS 300
#include "peer.h"
#include "../../../examples/lanes/modules/nbody.c"
