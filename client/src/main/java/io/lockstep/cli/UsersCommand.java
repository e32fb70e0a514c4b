package io.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Users of the gateways. */
@Command(
        name = "users",
        mixinStandardHelpOptions = true,
        description = "Keep the file of users that the gateways let in (access.users in the cluster file).",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {UsersAddCommand.class, UsersListCommand.class, UsersRemoveCommand.class})
final class UsersCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }
}
