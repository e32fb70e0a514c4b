package io.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks at groups, moves and deletes them. */
@Command(
        name = "groups",
        mixinStandardHelpOptions = true,
        description =
                "List the groups that share work, describe one, move it or delete it. 'sub --group NAME' takes part"
                        + " in one.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            GroupsListCommand.class,
            GroupsDescribeCommand.class,
            GroupsSeekCommand.class,
            GroupsCreditCommand.class,
            GroupsDeleteCommand.class
        })
final class GroupsCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }
}
