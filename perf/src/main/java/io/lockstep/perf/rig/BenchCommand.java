package io.lockstep.perf.rig;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench}: measures. */
@Command(
        name = "bench",
        description = "Measures: on this machine, with real processes.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            LatencyCommand.class,
            ThroughputCommand.class,
            FailoverCommand.class,
            ElectionsCommand.class,
            FanOutCommand.class,
            GroupsCommand.class,
            SnapshotStallCommand.class,
            LatenessCommand.class,
            MqttCommand.class,
            JmhCommand.class
        })
final class BenchCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    BenchCommand() {}

    /** Without a command: usage is an error. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "bench what? 'bench --help' lists the measurements");
    }
}
