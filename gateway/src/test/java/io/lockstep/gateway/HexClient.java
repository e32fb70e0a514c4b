package io.lockstep.gateway;

import java.io.IOException;

/** A connection that carries MQTT 3.1.1, with all packets written in hexadecimal digits. */
interface HexClient extends AutoCloseable {
    /** Of the client "c", with a clean session. */
    String CONNECT = "100d00044d5154540402001e000163";

    String CONNACK = "20020000";
    String PINGREQ = "c000";
    String PINGRESP = "d000";

    /** A CONNECT of the client "d". */
    String CONNECT_OTHER = CONNECT.substring(0, CONNECT.length() - 2) + "64";

    /** Sends bytes, which may be a part of a packet or several. */
    void send(String hex) throws Exception;

    /** Waits for so many bytes. */
    String receive(int lengthBytes) throws Exception;

    /** Sends bytes and waits for the answer. */
    default String exchange(final String hex, final int lengthBytes) throws Exception {
        send(hex);
        return receive(lengthBytes);
    }

    @Override
    void close() throws IOException;
}
