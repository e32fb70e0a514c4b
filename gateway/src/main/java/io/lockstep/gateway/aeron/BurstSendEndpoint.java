package io.lockstep.gateway.aeron;

import io.aeron.driver.DriverConductorProxy;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.media.SendChannelEndpoint;
import io.aeron.driver.media.UdpChannel;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.protocol.ErrorFlyweight;
import io.aeron.protocol.HeaderFlyweight;
import io.aeron.protocol.NakFlyweight;
import io.aeron.protocol.ResponseSetupFlyweight;
import io.aeron.protocol.RttMeasurementFlyweight;
import io.aeron.protocol.StatusMessageFlyweight;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * Takes in one turn of the media driver what waits at its socket, up to a bound, for the reason that {@link BurstReceiveEndpoint}
 * gives: all clients are answered from one socket, and tell that how far they got. The driver's sender thread only.
 */
final class BurstSendEndpoint extends SendChannelEndpoint {
    private static final int MAX_MORE = 64;
    private static final int MAX_DATAGRAM_LENGTH = 64 * 1024;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(MAX_DATAGRAM_LENGTH);
    private final UnsafeBuffer datagram = new UnsafeBuffer(bytes);
    private final StatusMessageFlyweight statusMessage = new StatusMessageFlyweight(bytes);
    private final NakFlyweight nak = new NakFlyweight(bytes);
    private final RttMeasurementFlyweight rttMeasurement = new RttMeasurementFlyweight(bytes);
    private final ResponseSetupFlyweight responseSetup = new ResponseSetupFlyweight(bytes);
    private final ErrorFlyweight error = new ErrorFlyweight(bytes);
    private boolean isTakingMore;

    BurstSendEndpoint(
            final UdpChannel udpChannel, final AtomicCounter statusIndicator, final MediaDriver.Context context) {
        super(udpChannel, statusIndicator, context);
    }

    // Nearly all that comes is of this kind; what is not is seldom the first of its turn.
    @Override
    public void onStatusMessage(
            final StatusMessageFlyweight header,
            final UnsafeBuffer buffer,
            final int length,
            final InetSocketAddress srcAddress,
            final DriverConductorProxy conductorProxy) {
        super.onStatusMessage(header, buffer, length, srcAddress, conductorProxy);
        if (!isTakingMore) {
            takeMore(conductorProxy);
        }
    }

    private void takeMore(final DriverConductorProxy conductorProxy) {
        isTakingMore = true;
        try {
            for (int i = 0; i < MAX_MORE; i++) {
                final InetSocketAddress srcAddress = receive(bytes);
                if (srcAddress == null) {
                    break;
                }
                dispatch(bytes.position(), srcAddress, conductorProxy);
            }
        } finally {
            isTakingMore = false;
        }
    }

    private void dispatch(
            final int length, final InetSocketAddress srcAddress, final DriverConductorProxy conductorProxy) {
        if (!isValidFrame(datagram, length)) {
            return;
        }
        receiveHook(datagram, length, srcAddress);
        switch (FrameDescriptor.frameType(datagram, 0)) {
            case HeaderFlyweight.HDR_TYPE_SM ->
                onStatusMessage(statusMessage, datagram, length, srcAddress, conductorProxy);
            case HeaderFlyweight.HDR_TYPE_NAK -> onNakMessage(nak, datagram, length, srcAddress);
            case HeaderFlyweight.HDR_TYPE_RTTM -> onRttMeasurement(rttMeasurement, datagram, length, srcAddress);
            case HeaderFlyweight.HDR_TYPE_RSP_SETUP ->
                onResponseSetup(responseSetup, datagram, length, srcAddress, conductorProxy);
            case HeaderFlyweight.HDR_TYPE_ERR -> onError(error, datagram, length, srcAddress, conductorProxy);
            default -> {
                // Nothing that a sender is sent.
            }
        }
    }
}
