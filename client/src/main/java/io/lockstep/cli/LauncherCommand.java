package io.lockstep.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/**
 * Stands in the help for a process that {@code bin/lockstep} starts from a main class of another module. Whoever calls
 * it here has gone round the launcher.
 */
@Command
final class LauncherCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Unmatched
    private List<String> ignored = new ArrayList<>();

    private LauncherCommand() {}

    static void addTo(final CommandLine parent, final String name, final String description) {
        final CommandLine commandLine = new CommandLine(new LauncherCommand());
        commandLine.getCommandSpec().usageMessage().description(description);
        parent.addSubcommand(name, commandLine);
    }

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(), "only the launcher bin/lockstep (or scripts/lockstep) starts this process");
    }
}
