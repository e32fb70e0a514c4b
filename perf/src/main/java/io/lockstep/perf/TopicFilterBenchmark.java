package io.lockstep.perf;

import io.lockstep.topic.TopicFilter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Matches a topic name of four levels with a filter. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TopicFilterBenchmark {
    /** Text of the filter: exact, one level open, all below, and one that fails at the first byte. */
    @Param({"plant/7/boiler/temp", "plant/+/boiler/+", "plant/#", "office/#"})
    public String filter;

    private final UnsafeBuffer name = new UnsafeBuffer("plant/7/boiler/temp".getBytes(StandardCharsets.UTF_8));
    private TopicFilter parsed;

    /** For JMH. */
    public TopicFilterBenchmark() {}

    /** Parses the filter. */
    @Setup
    public void setUp() {
        parsed = TopicFilter.parse(filter);
    }

    /**
     * Matches.
     *
     * @return whether the name matches.
     */
    @Benchmark
    public boolean matches() {
        return parsed.matches(name, 0, name.capacity());
    }
}
