package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Publishes dead letters again. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        description =
                "Publish dead letters again to the topics that they came from, with the headers that they had, and put"
                        + " them away. All groups and subscribers of the topic get them. One that is refused stays; where this"
                        + " command is killed, the last one may be published twice: nothing tells the next run of it.")
final class DeadLettersReplayCommand implements Callable<Integer> {
    private static final long ANSWER_NS = TimeUnit.SECONDS.toNanos(30);

    @Spec
    private CommandSpec spec;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private OutputOptions output;

    @Mixin
    private DeadLetterOptions which;

    @Mixin
    private DeadLetterCount most;

    @Override
    public Integer call() {
        final int count = most.value();
        try (LockstepClient client = cluster.connect("lockstep-dead-letters")) {
            final Replay replay = new Replay(client);
            final DeadLetterDesk desk = new DeadLetterDesk(client, which.filter(), cluster.connectTimeoutNs());
            final int found = desk.process(count, replay::publish);
            final PrintWriter out = spec.commandLine().getOut();
            if (output.isJson()) {
                out.println(OutputOptions.lineOf(OutputOptions.newObject()
                        .put("replayed", replay.accepted)
                        .put("refused", found - replay.accepted)));
            } else {
                out.println(
                        replay.accepted + " dead letter(s) published again, " + (found - replay.accepted) + " refused");
            }
            out.flush();
            which.tellBlocked(desk);
            return replay.accepted == found ? 0 : 1;
        }
    }

    private final class Replay implements PublishListener {
        private final Publisher publisher;
        private int accepted;
        private boolean isAnswered;
        private boolean isAccepted;
        private String refusal;

        private Replay(final LockstepClient client) {
            this.publisher = client.addPublisher(new PublisherConfig(), this);
        }

        private boolean publish(final DeadLetter letter) {
            isAnswered = false;
            isAccepted = false;
            refusal = "no answer came in time";
            final UnsafeBuffer headers = new UnsafeBuffer(letter.original());
            final UnsafeBuffer payload = new UnsafeBuffer(letter.payload());
            final long deadlineNs = System.nanoTime() + ANSWER_NS;
            boolean isTaken = false;
            while (!isAnswered && System.nanoTime() - deadlineNs < 0) {
                if (!isTaken) {
                    isTaken = Publisher.isTaken(publisher.offer(
                            letter.topic(), headers, 0, headers.capacity(), payload, 0, payload.capacity()));
                }
                publisher.drain(TimeUnit.MILLISECONDS.toNanos(1));
            }
            if (isAccepted) {
                accepted++;
            } else {
                spec.commandLine()
                        .getErr()
                        .println("lockstep: the dead letter at " + letter.shardId() + ":" + letter.position() + " for "
                                + letter.topic() + " was not published: " + refusal);
            }
            return isAccepted;
        }

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            isAnswered = true;
            isAccepted = true;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            isAnswered = true;
            refusal = code + ", detail " + detail;
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            isAnswered = true;
            refusal = reason;
        }
    }
}
