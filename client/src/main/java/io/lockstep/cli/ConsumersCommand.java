package io.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks at durable consumers and changes them. */
@Command(
        name = "consumers",
        mixinStandardHelpOptions = true,
        description =
                "List the durable consumers, whose positions the cluster keeps; move, acknowledge and delete them."
                        + " 'lockstep sub --consumer NAME' reads as one.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            ConsumersListCommand.class,
            ConsumersDescribeCommand.class,
            ConsumersSeekCommand.class,
            ConsumersAckCommand.class,
            ConsumersDeleteCommand.class
        })
final class ConsumersCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }
}
