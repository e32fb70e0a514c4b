package io.lockstep.perf.rig;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench jmh}: runs the JMH suite with the GC profiler and prints bytes per operation. */
@Command(
        name = "jmh",
        description = "Runs the JMH suite with the GC profiler: codecs, topic match, engine, journal.",
        mixinStandardHelpOptions = true)
final class JmhCommand implements Callable<Integer> {
    private static final String ALLOCATION_RATE = "gc.alloc.rate.norm";

    /** The profiler's own bookkeeping is charged to the benchmark: hundredths of a byte for each operation. */
    private static final double MAX_BYTES_PER_OPERATION = 0.5;

    private static final String[] JVM_ARGUMENTS = {
        "--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED",
        "--add-opens", "java.base/java.util.zip=ALL-UNNAMED",
        "-XX:+UseSerialGC", "-Xmx1g"
    };

    @Mixin
    private RigOptions options;

    @Parameters(
            arity = "0..1",
            paramLabel = "PATTERN",
            defaultValue = ".*",
            description = "Regular expression for the benchmarks to run (default: all).")
    private String pattern;

    @Option(
            names = "--smoke",
            description = "One short iteration in this process: shows that the benchmarks run; numbers mean nothing.")
    private boolean isSmoke;

    @Option(
            names = "--iterations",
            paramLabel = "N",
            defaultValue = "5",
            description = "Measured seconds for each benchmark (default: ${DEFAULT-VALUE}).")
    private int iterations;

    @Option(
            names = "--forks",
            paramLabel = "N",
            defaultValue = "1",
            description = "Processes for each benchmark (default: ${DEFAULT-VALUE}).")
    private int forks;

    JmhCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() throws RunnerException {
        final HistogramFiles files = options.newFiles("jmh");
        final Path log = files.directory().resolve("jmh.log");
        options.console().println("JMH writes to " + log);
        final Collection<RunResult> results =
                new Runner(jmhOptions(files.directory(), log).build()).run();
        final TextTable table = new TextTable("benchmark", "ns/op", "+/-", "B/op", "result");
        final List<Object> benchmarks = new ArrayList<>();
        boolean isFailed = results.isEmpty();
        for (final RunResult result : results) {
            final Result<?> score = result.getPrimaryResult();
            final double bytes = bytesPerOperation(result);
            // What is made once, at the start, weighs too much in a single short iteration.
            final boolean isAllocating = !isSmoke && !(bytes <= MAX_BYTES_PER_OPERATION);
            isFailed |= isAllocating;
            table.row(
                    nameOf(result.getParams()),
                    TextTable.number(score.getScore(), 1),
                    TextTable.number(score.getScoreError(), 1),
                    TextTable.number(bytes, 3),
                    isSmoke ? "smoke" : isAllocating ? "FAILED: allocates" : "ok");
            final Map<String, Object> benchmark = new LinkedHashMap<>();
            benchmark.put("name", nameOf(result.getParams()));
            benchmark.put("timeNs", Json.rounded(score.getScore()));
            benchmark.put("errorNs", Json.rounded(score.getScoreError()));
            benchmark.put("allocatedBytes", Json.rounded(bytes));
            benchmarks.add(benchmark);
        }
        options.console().println(table);
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("benchmarks", benchmarks);
        json.put("smoke", isSmoke);
        json.put("failed", isFailed);
        json.putAll(Surroundings.toJson());
        options.finish(files, json);
        return isFailed ? 1 : 0;
    }

    private ChainedOptionsBuilder jmhOptions(final Path directory, final Path log) {
        final ChainedOptionsBuilder builder = new OptionsBuilder()
                .include(pattern)
                .addProfiler(GCProfiler.class)
                .jvmArgs(JVM_ARGUMENTS)
                .shouldFailOnError(true)
                .output(log.toString())
                .resultFormat(ResultFormatType.JSON)
                .result(directory.resolve("jmh.json").toString());
        if (isSmoke) {
            return builder.forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(50));
        }
        return builder.forks(forks)
                .warmupIterations(3)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(iterations)
                .measurementTime(TimeValue.seconds(1));
    }

    private static double bytesPerOperation(final RunResult result) {
        for (final Map.Entry<String, ?> entry : result.getSecondaryResults().entrySet()) {
            if (entry.getKey().endsWith(ALLOCATION_RATE) && entry.getValue() instanceof final Result<?> rate) {
                return rate.getScore();
            }
        }
        return Double.NaN;
    }

    private static String nameOf(final BenchmarkParams params) {
        final String[] parts = params.getBenchmark().split("\\.", -1);
        final StringBuilder name =
                new StringBuilder(parts[parts.length - 2]).append('.').append(parts[parts.length - 1]);
        for (final String key : params.getParamsKeys()) {
            name.append(' ').append(key).append('=').append(params.getParam(key));
        }
        return name.toString();
    }
}
