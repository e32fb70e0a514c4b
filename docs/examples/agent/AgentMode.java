import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.ClientCounter;
import io.lockstep.client.EmbeddedDriverMode;
import io.lockstep.client.LockstepAgent;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A client as an agent in the duty cycle of a program: everything, the media driver included, runs on the thread that
 * invokes it. Argument: the nodes, host:port,host:port,…
 */
public final class AgentMode {
    private AgentMode() {}

    public static void main(final String[] args) {
        final ClientConfig config =
                new ClientConfig().nodes(args[0]).clientName("agent-example").embeddedDriverMode(EmbeddedDriverMode.INVOKER);
        final Ticker ticker = new Ticker();
        final LockstepAgent agent = new LockstepAgent(config, ticker, TimeUnit.SECONDS.toNanos(30));
        // An AgentRunner would give it a thread of its own.
        try (AgentInvoker invoker = new AgentInvoker(AgentMode::fail, null, agent)) {
            invoker.start();
            while (ticker.received < Ticker.COUNT && invoker.isRunning()) {
                if (invoker.invoke() == 0) {
                    Thread.onSpinWait();
                }
            }
        }
        System.out.println("published, accepted, received: " + ticker.counts);
    }

    /** What the agent throws ends the program; a duty cycle that goes on after it would only hide it. */
    private static void fail(final Throwable failure) {
        throw new IllegalStateException("the agent failed", failure);
    }

    private static final class Ticker implements LockstepAgent.Application {
        private static final int COUNT = 1_000;

        private final UnsafeBuffer payload = new UnsafeBuffer(new byte[Long.BYTES]);
        private Publisher publisher;
        private Subscriber subscriber;
        private int published;
        private int received;
        private String counts = "none";

        @Override
        public void onStart(final LockstepClient client) {
            publisher = client.addPublisher(new PublisherConfig(), PublishListener.FAIL_FAST);
            subscriber = client.addSubscriber(
                    new SubscriberConfig().filter("examples/tick").start(StartPosition.start()), message -> received++);
        }

        @Override
        public int doWork(final LockstepClient client) {
            int workCount = subscriber.poll(100);
            if (published < COUNT) {
                payload.putLong(0, published);
                if (Publisher.isTaken(publisher.offer("examples/tick", payload, 0, Long.BYTES))) {
                    published++;
                    workCount++;
                }
            }
            return workCount;
        }

        @Override
        public void onClose(final LockstepClient client) {
            publisher.drain(TimeUnit.SECONDS.toNanos(30));
            counts = client.counters().value(ClientCounter.PUBLISHED) + ", "
                    + client.counters().value(ClientCounter.ACCEPTED) + ", " + received;
        }
    }
}
