package io.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks at the sessions of MQTT clients and deletes them. */
@Command(
        name = "sessions",
        mixinStandardHelpOptions = true,
        description = "List the sessions of MQTT clients, which the cluster keeps; show and delete them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {SessionsListCommand.class, SessionsDescribeCommand.class, SessionsDeleteCommand.class})
final class SessionsCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }
}
