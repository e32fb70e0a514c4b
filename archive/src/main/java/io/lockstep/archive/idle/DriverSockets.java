package io.lockstep.archive.idle;

import io.aeron.driver.DataPacketDispatcher;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.media.ReceiveChannelEndpoint;
import io.aeron.driver.media.ReceiveDestinationTransport;
import io.aeron.driver.media.SendChannelEndpoint;
import io.aeron.driver.media.UdpChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.Consumer;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * The sockets of a media driver that runs on one thread with everything else of its user, so that this thread can sleep
 * until a datagram comes. The driver reads them by selectors of its own; here they are only watched. All methods but
 * {@link #wake} belong to the thread that runs the driver.
 */
public final class DriverSockets implements AutoCloseable {
    private final Selector selector;
    private final Consumer<SelectionKey> ignore = this::ignore;

    /** Watches nothing yet. */
    public DriverSockets() {
        try {
            selector = Selector.open();
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot watch sockets", ex);
        }
    }

    /**
     * Makes a driver create endpoints whose sockets are watched, instead of what Aeron's properties name.
     *
     * @param context of a driver that is not launched yet, in which everything runs on one thread.
     */
    public void watch(final MediaDriver.Context context) {
        context.receiveChannelEndpointSupplier(ReceiveEndpoint::new).sendChannelEndpointSupplier(SendEndpoint::new);
    }

    /**
     * Sleeps until a datagram can be read, {@link #wake} is called or the time is over.
     *
     * @param timeoutMs at least 1.
     */
    public void sleep(final long timeoutMs) {
        try {
            selector.select(ignore, timeoutMs);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot wait for sockets", ex);
        }
    }

    /** Ends a sleep, the next one where there is none. Any thread. */
    public void wake() {
        selector.wakeup();
    }

    @Override
    public void close() {
        try {
            selector.close();
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot stop watching sockets", ex);
        }
    }

    private void ignore(final SelectionKey key) {
        // The driver finds out by itself which sockets have something.
    }

    void watch(final DatagramChannel channel) {
        try {
            channel.register(selector, SelectionKey.OP_READ);
        } catch (final ClosedChannelException ex) {
            throw new UncheckedIOException("a socket was closed while it was opened", ex);
        }
    }

    /** The operating system keeps a closed socket's port until every selector has let go of it. */
    private void forgetClosed() {
        try {
            selector.selectNow(ignore);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot let go of closed sockets", ex);
        }
    }

    private void forget(final DatagramChannel channel) {
        final SelectionKey key = channel.keyFor(selector);
        if (key != null) {
            key.cancel();
            forgetClosed();
        }
    }

    private final class ReceiveEndpoint extends ReceiveChannelEndpoint {
        ReceiveEndpoint(
                final UdpChannel udpChannel,
                final DataPacketDispatcher dispatcher,
                final AtomicCounter statusIndicator,
                final MediaDriver.Context context) {
            super(udpChannel, dispatcher, statusIndicator, context);
        }

        @Override
        public void openDatagramChannel(final AtomicCounter statusIndicator) {
            super.openDatagramChannel(statusIndicator);
            watch(receiveDatagramChannel);
        }

        @Override
        public int addDestination(final ReceiveDestinationTransport transport) {
            watch(transport.receiveDatagramChannel());
            return super.addDestination(transport);
        }

        @Override
        public void removeDestination(final int transportIndex) {
            // The driver closes its socket right after, and somebody may open the same port in the same turn.
            forget(destination(transportIndex).receiveDatagramChannel());
            super.removeDestination(transportIndex);
        }

        @Override
        public void close() {
            super.close();
            forgetClosed();
        }
    }

    private final class SendEndpoint extends SendChannelEndpoint {
        SendEndpoint(
                final UdpChannel udpChannel, final AtomicCounter statusIndicator, final MediaDriver.Context context) {
            super(udpChannel, statusIndicator, context);
        }

        @Override
        public void openDatagramChannel(final AtomicCounter statusIndicator) {
            super.openDatagramChannel(statusIndicator);
            watch(receiveDatagramChannel);
        }

        @Override
        public void close() {
            super.close();
            forgetClosed();
        }
    }
}
