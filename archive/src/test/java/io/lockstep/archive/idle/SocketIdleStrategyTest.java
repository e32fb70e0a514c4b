package io.lockstep.archive.idle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every sleep here would last an hour: what is to end it must, or the time-out ends the test. */
@Timeout(120)
class SocketIdleStrategyTest {
    private static final long HOUR_MS = TimeUnit.HOURS.toMillis(1);
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final DriverSockets sockets = new DriverSockets();
    private final SocketIdleStrategy strategy = new SocketIdleStrategy(sockets, 1, HOUR_MS);

    @AfterEach
    void close() {
        sockets.close();
    }

    @Test
    void shouldSleepUntilADatagramComes() throws IOException {
        // given
        try (DatagramChannel receiver = DatagramChannel.open().bind(ANY_PORT);
                DatagramChannel sender = DatagramChannel.open().bind(ANY_PORT)) {
            receiver.configureBlocking(false);
            sockets.watch(receiver);
            final Thread sleeper = startIdling();
            awaitSleep(sleeper);

            // when
            sender.send(ByteBuffer.wrap(new byte[] {1}), receiver.getLocalAddress());

            // then
            join(sleeper);
            assertFalse(sleeper.isAlive());
        }
    }

    @Test
    void shouldSleepUntilAnotherThreadHasWork() {
        // given
        final ParkingIdleStrategy other = new ParkingIdleStrategy(1, 1);
        other.alsoWake(strategy);
        final Thread sleeper = startIdling();
        awaitSleep(sleeper);

        // when
        other.idle(1);

        // then
        join(sleeper);
        assertFalse(sleeper.isAlive());
    }

    @Test
    void shouldNotSleepWhenItWasWokenBefore() {
        // given
        final ParkingIdleStrategy other = new ParkingIdleStrategy(1, 1);
        other.alsoWake(strategy);
        strategy.idle(0);
        other.idle(1);

        // when
        strategy.idle(0);

        // then
        assertFalse(Thread.currentThread().isInterrupted());
    }

    @Test
    void shouldFreeThePortWhenAWatchedSubscriptionIsClosed() throws IOException {
        // given
        final MediaDriver.Context context = new MediaDriver.Context()
                .aeronDirectoryName(CommonContext.generateRandomDirName())
                .threadingMode(ThreadingMode.INVOKER)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true);
        sockets.watch(context);
        final int port = freePort();
        try (MediaDriver driver = MediaDriver.launch(context);
                Aeron aeron = Aeron.connect(new Aeron.Context()
                        .aeronDirectoryName(driver.aeronDirectoryName())
                        .useConductorAgentInvoker(true)
                        .driverAgentInvoker(driver.sharedAgentInvoker()))) {
            final AgentInvoker invoker = aeron.conductorAgentInvoker();
            final String channel = "aeron:udp?endpoint=127.0.0.1:" + port;
            try (Subscription subscription = aeron.addSubscription(channel, 1);
                    Publication publication = aeron.addPublication(channel, 1)) {
                final UnsafeBuffer message = new UnsafeBuffer(new byte[8]);
                int received = 0;
                while (received == 0 && !Thread.currentThread().isInterrupted()) {
                    publication.offer(message);
                    invoker.invoke();
                    driver.sharedAgentInvoker().invoke();
                    received = subscription.poll((buffer, offset, length, header) -> {}, 1);
                }
                assertEquals(1, received);
            }

            // when: the driver closes the socket some time after the subscription
            boolean isFree = false;
            while (!isFree && !Thread.currentThread().isInterrupted()) {
                invoker.invoke();
                driver.sharedAgentInvoker().invoke();
                isFree = isFree(port);
            }

            // then
            assertTrue(isFree);
        }
    }

    @Test
    void shouldFreeThePortOfARemovedDestinationInTheSameTurn() throws IOException {
        // given
        final MediaDriver.Context context = new MediaDriver.Context()
                .aeronDirectoryName(CommonContext.generateRandomDirName())
                .threadingMode(ThreadingMode.INVOKER)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true);
        sockets.watch(context);
        final String destination = "aeron:udp?endpoint=127.0.0.1:" + freePort();
        try (MediaDriver driver = MediaDriver.launch(context);
                Aeron aeron = Aeron.connect(new Aeron.Context()
                        .aeronDirectoryName(driver.aeronDirectoryName())
                        .useConductorAgentInvoker(true)
                        .driverAgentInvoker(driver.sharedAgentInvoker()));
                Subscription subscription = aeron.addSubscription("aeron:udp?control-mode=manual", 1)) {
            // when: each of the calls waits for the driver, and nothing idles in between
            for (int i = 0; i < 3; i++) {
                subscription.addDestination(destination);
                subscription.removeDestination(destination);
            }

            // then: a port that is still bound would have thrown
            subscription.addDestination(destination);
            assertFalse(subscription.isClosed());
        }
    }

    private Thread startIdling() {
        // The first idle after work is a short park.
        final Thread thread = new Thread(
                () -> {
                    strategy.idle(0);
                    strategy.idle(0);
                },
                "sleeper");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void awaitSleep(final Thread thread) {
        // A thread in a selector is RUNNABLE for Java, so its stack tells.
        while (true) {
            for (final StackTraceElement element : thread.getStackTrace()) {
                if (element.getMethodName().equals("sleep")
                        && element.getClassName().equals(DriverSockets.class.getName())) {
                    return;
                }
            }
            Thread.onSpinWait();
        }
    }

    private static void join(final Thread thread) {
        try {
            thread.join();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private static int freePort() throws IOException {
        try (DatagramChannel channel = DatagramChannel.open().bind(ANY_PORT)) {
            return ((InetSocketAddress) channel.getLocalAddress()).getPort();
        }
    }

    private static boolean isFree(final int port) throws IOException {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (final BindException ex) {
            return false;
        }
    }
}
