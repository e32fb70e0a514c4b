package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.Publisher;
import io.lockstep.client.ReplyListener;
import io.lockstep.client.Requester;
import io.lockstep.client.RequesterConfig;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.codecs.ResultCode;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Publishes a request and prints the reply. */
@Command(
        name = "request",
        mixinStandardHelpOptions = true,
        description = {
            "Publish a request to a TOPIC and print the first reply; with --output json an object with topic, sequences,"
                    + " position, timestamp, headers and payload.",
            "Ends with status 1 where no reply comes in time."
        })
final class RequestCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Topic that the responders read.")
    private String topic;

    @Parameters(index = "1", paramLabel = "MESSAGE", description = "Payload, written as UTF-8.")
    private String message;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "How long to wait for a reply. Default: ${DEFAULT-VALUE}.")
    private double timeoutSeconds;

    @Option(
            names = "--reply-topic",
            paramLabel = "TOPIC",
            defaultValue = "reply/cli",
            description = "Topic of the reply; callers may share one. Default: ${DEFAULT-VALUE}.")
    private String replyTopic;

    private final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();

    @Override
    public Integer call() {
        if (!(timeoutSeconds > 0)) {
            throw new ParameterException(spec.commandLine(), "--timeout takes a number above 0");
        }
        final PrintStream out = new PrintStream(new StandardOutput(), false, StandardCharsets.UTF_8);
        try (LockstepClient client = cluster.connect("lockstep-request")) {
            checkTopics(client);
            final Outcome outcome = new Outcome(new MessagePrinter(out, output.isJson()));
            final Requester requester = client.addRequester(new RequesterConfig().replyTopic(replyTopic));
            request(client, requester, outcome);
            while (!outcome.isEnded) {
                idleStrategy.idle(client.doWork());
            }
            out.flush();
            if (outcome.problem != null) {
                throw new CommandFailure(outcome.problem);
            }
        }
        return 0;
    }

    private void checkTopics(final LockstepClient client) {
        try {
            client.shardOf(topic);
            client.shardOf(replyTopic);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), ex.getMessage(), ex);
        }
    }

    private void request(final LockstepClient client, final Requester requester, final Outcome outcome) {
        final byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        final long timeoutNs = (long) (timeoutSeconds * TimeUnit.SECONDS.toNanos(1));
        final long deadlineNs = System.nanoTime() + cluster.connectTimeoutNs();
        while (!Publisher.isTaken(
                requester.request(topic, new UnsafeBuffer(bytes), 0, bytes.length, timeoutNs, outcome))) {
            if (System.nanoTime() - deadlineNs >= 0) {
                throw new CommandFailure(
                        "the request could not be sent within --connect-timeout; 'lockstep status' shows"
                                + " whether the shards have leaders");
            }
            idleStrategy.idle(client.doWork());
        }
    }

    private final class Outcome implements ReplyListener {
        private final MessagePrinter printer;
        private boolean isEnded;
        private String problem;

        private Outcome(final MessagePrinter printer) {
            this.printer = printer;
        }

        @Override
        public void onReply(final long requestId, final Message reply) {
            printer.onMessage(reply);
            isEnded = true;
        }

        @Override
        public void onTimeout(final long requestId) {
            problem = "no reply came within " + timeoutSeconds + " s; check that a responder reads '" + topic
                    + "', or wait longer with --timeout";
            isEnded = true;
        }

        @Override
        public void onRefused(final long requestId, final ResultCode code, final long detail) {
            problem = "the cluster refused the request: " + code + " (" + detail + ")";
            isEnded = true;
        }
    }
}
