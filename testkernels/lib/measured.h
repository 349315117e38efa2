/* Checks that measure time. */
#pragma once

/* Makes the checks of a group up to eight times, until none fails; the last time counts. The TSC is measured anew in between. A host that
 * takes the processor away at the wrong moment spoils a measurement; a device that is wrong fails each time. */
void check_measured(void (*group)(void));
