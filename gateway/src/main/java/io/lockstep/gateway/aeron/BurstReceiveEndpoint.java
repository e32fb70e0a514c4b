package io.lockstep.gateway.aeron;

import io.aeron.driver.DataPacketDispatcher;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.media.ReceiveChannelEndpoint;
import io.aeron.driver.media.UdpChannel;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.protocol.DataHeaderFlyweight;
import io.aeron.protocol.HeaderFlyweight;
import io.aeron.protocol.RttMeasurementFlyweight;
import io.aeron.protocol.SetupFlyweight;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * Takes in one turn of the media driver what waits at its socket, up to a bound. Aeron's receiver takes one datagram of a socket in
 * a turn, in which it also looks at each stream: where hundreds of clients send to one socket, what they send to stay alive comes
 * faster than that, and is lost. The driver's receiver thread only.
 */
final class BurstReceiveEndpoint extends ReceiveChannelEndpoint {
    private static final int MAX_MORE = 64;
    private static final int MAX_DATAGRAM_LENGTH = 64 * 1024;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(MAX_DATAGRAM_LENGTH);
    private final UnsafeBuffer datagram = new UnsafeBuffer(bytes);
    private final DataHeaderFlyweight data = new DataHeaderFlyweight(bytes);
    private final SetupFlyweight setup = new SetupFlyweight(bytes);
    private final RttMeasurementFlyweight rttMeasurement = new RttMeasurementFlyweight(bytes);
    private boolean isTakingMore;

    BurstReceiveEndpoint(
            final UdpChannel udpChannel,
            final DataPacketDispatcher dispatcher,
            final AtomicCounter statusIndicator,
            final MediaDriver.Context context) {
        super(udpChannel, dispatcher, statusIndicator, context);
    }

    @Override
    public int onDataPacket(
            final DataHeaderFlyweight header,
            final UnsafeBuffer buffer,
            final int length,
            final InetSocketAddress srcAddress,
            final int transportIndex) {
        return super.onDataPacket(header, buffer, length, srcAddress, transportIndex) + takeMore(transportIndex);
    }

    @Override
    public void onSetupMessage(
            final SetupFlyweight header,
            final UnsafeBuffer buffer,
            final int length,
            final InetSocketAddress srcAddress,
            final int transportIndex) {
        super.onSetupMessage(header, buffer, length, srcAddress, transportIndex);
        takeMore(transportIndex);
    }

    @Override
    public void onRttMeasurement(
            final RttMeasurementFlyweight header,
            final UnsafeBuffer buffer,
            final int length,
            final InetSocketAddress srcAddress,
            final int transportIndex) {
        super.onRttMeasurement(header, buffer, length, srcAddress, transportIndex);
        takeMore(transportIndex);
    }

    // After the first of a turn, which the receiver took; those that are taken here come by the same methods.
    private int takeMore(final int transportIndex) {
        if (isTakingMore) {
            return 0;
        }
        isTakingMore = true;
        try {
            int received = 0;
            for (int i = 0; i < MAX_MORE; i++) {
                final InetSocketAddress srcAddress = receive(bytes);
                if (srcAddress == null) {
                    break;
                }
                received += dispatch(bytes.position(), srcAddress, transportIndex);
            }
            return received;
        } finally {
            isTakingMore = false;
        }
    }

    private int dispatch(final int length, final InetSocketAddress srcAddress, final int transportIndex) {
        if (!isValidFrame(datagram, length)) {
            return 0;
        }
        receiveHook(datagram, length, srcAddress);
        switch (FrameDescriptor.frameType(datagram, 0)) {
            case HeaderFlyweight.HDR_TYPE_DATA, HeaderFlyweight.HDR_TYPE_PAD -> {
                return onDataPacket(data, datagram, length, srcAddress, transportIndex);
            }
            case HeaderFlyweight.HDR_TYPE_SETUP -> onSetupMessage(setup, datagram, length, srcAddress, transportIndex);
            case HeaderFlyweight.HDR_TYPE_RTTM ->
                onRttMeasurement(rttMeasurement, datagram, length, srcAddress, transportIndex);
            default -> {
                // Nothing that a receiver is sent.
            }
        }
        return length;
    }
}
