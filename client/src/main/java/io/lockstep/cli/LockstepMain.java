package io.lockstep.cli;

import io.lockstep.client.LockstepException;
import io.lockstep.config.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Entry of the command line. Commands of this module are listed here; others come from {@link CommandProvider}s. Exit
 * status: 0 success, 1 failure, 2 usage.
 */
@Command(
        name = "lockstep",
        description = "Ordered, fault-tolerant messaging on Aeron Cluster.",
        mixinStandardHelpOptions = true,
        versionProvider = LockstepMain.Version.class,
        synopsisSubcommandLabel = "COMMAND")
public final class LockstepMain implements Runnable {
    @Spec
    private CommandSpec spec;

    LockstepMain() {}

    /**
     * Runs one command and ends the process with its exit status.
     *
     * @param args command, options and parameters.
     */
    public static void main(final String[] args) {
        System.exit(execute(args));
    }

    /**
     * Runs one command.
     *
     * @param args command, options and parameters.
     * @return the exit status.
     */
    public static int execute(final String... args) {
        return commandLine().execute(args);
    }

    /** Without a command: usage is an error. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command is given");
    }

    static CommandLine commandLine() {
        final CommandLine commandLine = new CommandLine(new LockstepMain());
        for (final Object command : allCommands()) {
            commandLine.addSubcommand(command);
        }
        LauncherCommand.addTo(commandLine, "node", "Run one node of a cluster until it is stopped.");
        LauncherCommand.addTo(
                commandLine, "gateway", "Run one gateway, which MQTT clients speak with, until it is stopped.");
        commandLine.setParameterExceptionHandler(LockstepMain::reportUsage);
        commandLine.setExecutionExceptionHandler(sentenceHandler());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        return commandLine;
    }

    private static List<Object> allCommands() {
        final List<Object> commands = new ArrayList<>();
        commands.add(new PubCommand());
        commands.add(new SubCommand());
        commands.add(new StatusCommand());
        commands.add(new TopicsCommand());
        commands.add(new RetainedCommand());
        commands.add(new RoutesCommand());
        commands.add(new PartitionsCommand());
        commands.add(new ConsumersCommand());
        commands.add(new SessionsCommand());
        commands.add(new SettingsCommand());
        commands.add(new FeatureLevelCommand());
        commands.add(new JournalCommand());
        commands.add(new UsersCommand());
        commands.add(new AccessCommand());
        commands.add(new LeaseCommand());
        commands.add(new GroupsCommand());
        commands.add(new DeadLettersCommand());
        commands.add(new RequestCommand());
        commands.add(new ScheduledCommand());
        for (final CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
            commands.addAll(provider.commands());
        }
        return commands;
    }

    private static int reportUsage(final ParameterException exception, final String[] args) {
        final CommandLine commandLine = exception.getCommandLine();
        final String name = commandLine.getCommandSpec().qualifiedName();
        commandLine.getErr().println(name + ": " + exception.getMessage() + "; '" + name + " --help' shows the usage");
        return CommandLine.ExitCode.USAGE;
    }

    private static IExecutionExceptionHandler sentenceHandler() {
        return (exception, commandLine, parseResult) -> {
            if (exception instanceof ConfigException) {
                commandLine.getErr().println("lockstep: " + exception.getMessage());
                return CommandLine.ExitCode.USAGE;
            }
            commandLine.getErr().println("lockstep: " + sentenceOf(exception));
            return CommandLine.ExitCode.SOFTWARE;
        };
    }

    // What is meant for the operator is a sentence; anything else is a bug, and its class helps to find it.
    private static String sentenceOf(final Exception exception) {
        final boolean isSentence = exception instanceof CommandFailure
                || exception instanceof LockstepException
                || exception instanceof ConfigException
                || exception instanceof IllegalArgumentException;
        return isSentence && exception.getMessage() != null ? exception.getMessage() : exception.toString();
    }

    /** Version of the jar; a class folder has none. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            final String version = LockstepMain.class.getPackage().getImplementationVersion();
            return new String[] {"lockstep " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
