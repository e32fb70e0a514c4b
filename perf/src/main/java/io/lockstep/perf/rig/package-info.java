/** End-to-end rigs: open-loop load, fail-over, false elections, and the {@code bench} commands that run them. */
package io.lockstep.perf.rig;
