package io.lockstep.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Looks at replicated settings and changes them. */
@Command(
        name = "settings",
        mixinStandardHelpOptions = true,
        description = "List the settings that all nodes share (limits.* and journal.* of the cluster file, which only"
                + " seeds them), and change them while the cluster runs.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {SettingsListCommand.class, SettingsSetCommand.class})
final class SettingsCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }
}
