package io.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Holds the commands about last values. */
@Command(
        name = "retained",
        mixinStandardHelpOptions = true,
        description = {
            "Show, set and clear last values: of each topic the newest message that was published to be one.",
            "'lockstep sub --retained' prints them and goes on with what is published after."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RetainedListCommand.class,
            RetainedGetCommand.class,
            RetainedSetCommand.class,
            RetainedClearCommand.class
        })
final class RetainedCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do: list, get, set or clear");
    }
}
