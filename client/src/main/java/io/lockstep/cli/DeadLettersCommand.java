package io.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Deals with messages that groups gave up. */
@Command(
        name = "dead-letters",
        mixinStandardHelpOptions = true,
        description =
                "List the messages that groups gave up, publish them again or put them away. They stay in their topics"
                        + " $dead/TOPIC; what was dealt with is kept by the durable consumer $dead-letters.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {DeadLettersListCommand.class, DeadLettersReplayCommand.class, DeadLettersPurgeCommand.class})
final class DeadLettersCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }
}
