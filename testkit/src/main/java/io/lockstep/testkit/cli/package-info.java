/** The commands {@code dev} and {@code demo}: clusters of real processes on this machine. */
package io.lockstep.testkit.cli;
