package io.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks at access rules and changes them. */
@Command(
        name = "access",
        mixinStandardHelpOptions = true,
        description = "Show the access rules of a cluster, and exchange them while it runs.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {AccessShowCommand.class, AccessApplyCommand.class})
final class AccessCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }
}
