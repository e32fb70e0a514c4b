package io.lockstep.testkit.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.testkit.process.ClusterFolder;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dev stop}: ends exactly the processes that {@code dev} started from a folder. */
@Command(
        name = "stop",
        description = "Stops the processes that 'dev' started from a folder. The data stays.",
        mixinStandardHelpOptions = true)
final class DevStopCommand implements Callable<Integer> {
    private static final long STOP_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(20);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--base-dir",
            paramLabel = "D",
            defaultValue = DevCommand.DEFAULT_BASE_DIR,
            description = "folder that was given to 'dev', default ${DEFAULT-VALUE}")
    private Path baseDir;

    @Option(names = "--output", paramLabel = "FORMAT", defaultValue = "text", description = "text or json")
    private OutputFormat output;

    @Override
    public Integer call() {
        final ClusterFolder folder = new ClusterFolder(baseDir);
        if (!Files.exists(folder.clusterFile())) {
            spec.commandLine()
                    .getErr()
                    .println("lockstep dev stop: no cluster was started from " + baseDir
                            + "; name its folder with --base-dir");
            return 1;
        }
        final int count = folder.stop(STOP_TIMEOUT_NS);
        final PrintWriter out = spec.commandLine().getOut();
        if (output == OutputFormat.JSON) {
            out.println(new ObjectMapper()
                    .createObjectNode()
                    .put("baseDir", baseDir.toAbsolutePath().normalize().toString())
                    .put("stopped", count));
        } else {
            out.println(count == 0 ? "nothing ran from " + baseDir : "stopped " + count + " processes; the data stays");
        }
        return 0;
    }
}
