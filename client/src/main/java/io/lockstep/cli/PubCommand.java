package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublisherConfig;
import io.lockstep.topic.TopicName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Publishes a message, or each line of a file or of standard input. */
@Command(
        name = "pub",
        mixinStandardHelpOptions = true,
        description = {
            "Publish MESSAGE, or each line of a file or of standard input.",
            "Lines of a file, and of standard input with --name, resume: the same command run again on the same host goes on"
                    + " behind the lines that the cluster has, and publishes none of them twice. It reads the journal for"
                    + " that, and refuses an input whose lines are not the published ones. --again publishes all of them"
                    + " anew.",
            "A --name is the same source on every host; without one, a file is known by its host and path."
        })
final class PubCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Where to publish.")
    private String topic;

    @Parameters(index = "1", arity = "0..1", paramLabel = "MESSAGE", description = "The payload as text.")
    private String message;

    @Option(names = "--file", paramLabel = "FILE", description = "Publish each line of a file.")
    private Path file;

    @Option(names = "--rate", paramLabel = "R", description = "Messages per second. Default: as fast as possible.")
    private double rate;

    @Mixin
    private MessageTraitOptions traits;

    @Option(
            names = {"--key", "--header"},
            paramLabel = "KEY=VALUE",
            description = "A header of every message; may be repeated.")
    private Map<String, String> headers = new LinkedHashMap<>();

    @Option(
            names = "--retain",
            description = "Make each message the last value of the topic; one without payload clears it.")
    private boolean isRetained;

    @Option(names = "--name", paramLabel = "NAME", description = "Names the source, so that standard input can resume.")
    private String name;

    @Option(
            names = "--producer-id",
            paramLabel = "N",
            description = "The producer's identity, instead of a derived one.")
    private Long producerId;

    @Option(names = "--again", description = "Publish from the first line, whatever was published before.")
    private boolean isAgain;

    @Option(
            names = "--deadline",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long a message may stay unanswered. Default: ${DEFAULT-VALUE}.")
    private int deadlineSeconds;

    @Mixin
    private PubConditions conditions;

    @Override
    public Integer call() throws IOException {
        checkUsage();
        final MessageOptions options = options();
        try (StopSignal stop = new StopSignal();
                LineFeed lines = lines();
                LockstepClient client = cluster.connect("lockstep-pub")) {
            final LinePublisher publisher = new LinePublisher(
                    client,
                    new PublisherConfig().producerId(identity()).deadlineNs(TimeUnit.SECONDS.toNanos(deadlineSeconds)),
                    topic,
                    options,
                    conditions.expectedTopicSequence(),
                    rate,
                    isAgain,
                    output.isJson()
                            ? Progress.SILENT
                            : Progress.ofTerminal(spec.commandLine().getErr()));
            final PubSummary summary = publisher.run(lines, stop::isStopping);
            print(summary);
            return report(summary, lines.failure());
        }
    }

    private void checkUsage() {
        checkTopic();
        if (message != null && file != null) {
            throw new ParameterException(spec.commandLine(), "give either MESSAGE or --file, not both");
        }
        conditions.check(spec.commandLine(), message != null);
        if (rate < 0 || Double.isNaN(rate)) {
            throw new ParameterException(spec.commandLine(), "--rate takes messages per second above 0");
        }
        if (deadlineSeconds < 1) {
            throw new ParameterException(spec.commandLine(), "--deadline takes at least 1 second");
        }
        // What is held back is not in the journal yet, which tells where to go on.
        if (traits.isDelayed() && !isAgain && (file != null || name != null || producerId != null)) {
            throw new ParameterException(
                    spec.commandLine(), "--delay and --at do not go with what resumes; publish anew with --again");
        }
        if (producerId != null && producerId == PublisherConfig.ANONYMOUS) {
            throw new ParameterException(spec.commandLine(), "--producer-id takes any number but " + producerId);
        }
        if (file != null && !Files.isReadable(file)) {
            throw new CommandFailure("cannot read " + file + "; check the path and its permissions");
        }
    }

    // Here and not by the client: a wrong topic needs no cluster to be told.
    private void checkTopic() {
        final byte[] bytes = topic.getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        if (!TopicName.isValid(buffer, 0, bytes.length) || TopicName.isReserved(buffer, 0, bytes.length)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "'" + topic + "' is no topic name: 1 to " + TopicName.MAX_LENGTH
                            + " bytes of UTF-8 without '+' and '#', and not one of Lockstep's own, such as $dead/a");
        }
    }

    private MessageOptions options() {
        try {
            final MessageOptions options = traits.toOptions();
            if (isRetained) {
                options.retain();
            }
            headers.forEach(options::header);
            return conditions.addTo(options);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private LineFeed lines() throws IOException {
        if (message != null) {
            return new LineFeed(message.getBytes(StandardCharsets.UTF_8));
        }
        return new LineFeed(file != null ? Files.newInputStream(file) : System.in);
    }

    // One message, and nameless standard input, cannot be told from another run's: they never resume.
    private long identity() throws IOException {
        if (producerId != null) {
            return producerId;
        }
        if (isAgain) {
            return PublisherConfig.ANONYMOUS;
        }
        if (name != null) {
            return StableProducerId.of(topic, "name:" + name);
        }
        return file != null
                ? StableProducerId.ofFile(topic, StableProducerId.hostName(), file.toRealPath())
                : PublisherConfig.ANONYMOUS;
    }

    private void print(final PubSummary summary) {
        final var out = spec.commandLine().getOut();
        out.println(output.isJson() ? OutputOptions.lineOf(summary.toJson()) : summary.toText());
        out.flush();
    }

    private int report(final PubSummary summary, final String inputFailure) {
        final String problem = inputFailure != null ? "reading the input failed: " + inputFailure : summary.problem();
        if (problem != null) {
            throw new CommandFailure(problem);
        }
        return summary.isComplete() ? 0 : 1;
    }
}
