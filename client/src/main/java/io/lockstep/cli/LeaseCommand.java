package io.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Publisher leases. */
@Command(
        name = "lease",
        mixinStandardHelpOptions = true,
        description =
                "Publisher leases: at most one holder publishes to a topic, and a holder that was paused or cut off is"
                        + " refused once another one took over.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            LeaseListCommand.class,
            LeaseAcquireCommand.class,
            LeaseReleaseCommand.class,
            LeaseDropCommand.class
        })
final class LeaseCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }
}
