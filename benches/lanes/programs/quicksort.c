// The example of this name.
#include "peer.h"
#include "../../../examples/lanes/modules/quicksort.c"
