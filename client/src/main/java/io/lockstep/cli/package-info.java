/** The command line: {@link io.lockstep.cli.LockstepMain} and the commands on top of the client. */
package io.lockstep.cli;
