package io.lockstep.gateway.mqtt;

/**
 * What a client says of itself, and what its certificate says.
 *
 * @param user            name from the CONNECT; null where it has none.
 * @param password        from the CONNECT; null where it has none.
 * @param certificateName common name of a certificate that was verified; null where there is none.
 */
@SuppressWarnings("ArrayRecordComponent")
public record Credentials(String user, byte[] password, String certificateName) {
    /** The same without the password. */
    @Override
    public String toString() {
        return "Credentials{user=" + user + ", certificateName=" + certificateName + '}';
    }
}
