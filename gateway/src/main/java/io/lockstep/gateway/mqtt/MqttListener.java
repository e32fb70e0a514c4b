package io.lockstep.gateway.mqtt;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;

/** A port on which clients connect over one transport. Any thread may read it. */
public final class MqttListener {
    private final MqttTransport transport;
    private final Channel channel;
    private final ListenerCounters counters;

    MqttListener(final MqttTransport transport, final Channel channel, final ListenerCounters counters) {
        this.transport = transport;
        this.channel = channel;
        this.counters = counters;
    }

    /**
     * What carries the bytes.
     *
     * @return the transport.
     */
    public MqttTransport transport() {
        return transport;
    }

    /**
     * The port.
     *
     * @return that is listened on.
     */
    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /**
     * What was counted.
     *
     * @return counters of this listener alone.
     */
    public ListenerCounters counters() {
        return counters;
    }

    void close() {
        channel.close().syncUninterruptibly();
    }
}
