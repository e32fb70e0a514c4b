package io.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks at messages that are held back, and cancels them. */
@Command(
        name = "scheduled",
        mixinStandardHelpOptions = true,
        description = {
            "List the messages that are held back for later ('pub --delay' and 'pub --at'), cancel them, and see how late"
                    + " they are released."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ScheduledListCommand.class, ScheduledCancelCommand.class, ScheduledStatsCommand.class})
final class ScheduledCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }
}
