/** A cluster of real processes on this machine: start, watch, kill, restart, and always clean up. */
package io.lockstep.testkit.process;
