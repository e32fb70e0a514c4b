package io.lockstep.client.link;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Where a gateway is reached by Aeron clients: two UDP ports next to each other, the first for what clients send, the
 * second as control of the response channels.
 *
 * @param host name or address.
 * @param port the first of the two.
 */
public record GatewayAddress(String host, int port) {
    /** What a connection string begins with that names gateways and not nodes. */
    public static final String PREFIX = "gateway:";

    /** Port that is assumed where only the host is given. */
    public static final int DEFAULT_PORT = 1884;

    private static final String SHAPE = "a list of gateways reads gateway:host:port,host:port,… but this one is '";

    /** Checks the arguments. */
    public GatewayAddress {
        Objects.requireNonNull(host, "host");
        if (host.isBlank() || port < 1 || port > 65_534) {
            throw new IllegalArgumentException(
                    "a gateway needs a host and a port from 1 to 65534, but it is '" + host + ':' + port + '\'');
        }
    }

    /**
     * Whether a connection string names gateways.
     *
     * @param text connection string.
     * @return true if so.
     */
    public static boolean isGateways(final String text) {
        return text.startsWith(PREFIX);
    }

    /**
     * Parses a connection string.
     *
     * @param text {@code gateway:host:port,host:port,…}; a missing port is {@value #DEFAULT_PORT}.
     * @return the gateways in the order in which they are tried.
     * @throws IllegalArgumentException with a sentence where the text has another form.
     */
    public static List<GatewayAddress> parse(final String text) {
        if (!isGateways(text)) {
            throw new IllegalArgumentException(SHAPE + text + '\'');
        }
        final List<GatewayAddress> gateways = new ArrayList<>();
        for (final String part : text.substring(PREFIX.length()).split(",", -1)) {
            final String trimmed = part.trim();
            final int colon = trimmed.lastIndexOf(':');
            try {
                gateways.add(
                        colon < 0
                                ? new GatewayAddress(trimmed, DEFAULT_PORT)
                                : new GatewayAddress(
                                        trimmed.substring(0, colon), Integer.parseInt(trimmed.substring(colon + 1))));
            } catch (final IllegalArgumentException ex) {
                throw new IllegalArgumentException(SHAPE + text + '\'', ex);
            }
        }
        return gateways;
    }

    /**
     * Channel on which the gateway listens and clients publish.
     *
     * @return the channel, without what each side adds.
     */
    public String requestChannel() {
        return "aeron:udp?endpoint=" + host + ':' + port;
    }

    /**
     * Channel on which the gateway answers and clients subscribe.
     *
     * @return the channel, without what each side adds.
     */
    public String responseChannel() {
        return "aeron:udp?control-mode=response|control=" + host + ':' + (port + 1);
    }

    @Override
    public String toString() {
        return host + ':' + port;
    }
}
