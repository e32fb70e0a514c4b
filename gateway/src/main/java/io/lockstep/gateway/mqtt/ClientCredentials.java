package io.lockstep.gateway.mqtt;

import io.lockstep.access.LoginResult;
import io.netty.channel.Channel;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;

/** What a CONNECT and its connection say of the client, and how a log-in is refused. No state. */
final class ClientCredentials {
    private ClientCredentials() {}

    static Credentials of(final MqttConnectMessage message, final Channel channel) {
        return new Credentials(
                message.variableHeader().hasUserName() ? message.payload().userName() : null,
                message.variableHeader().hasPassword() ? message.payload().passwordInBytes() : null,
                certificateName(channel));
    }

    static MqttConnectReturnCode returnCodeOf(final LoginResult result, final boolean isMqtt5) {
        return switch (result) {
            case ACCEPTED -> throw new IllegalArgumentException("a log-in that is accepted has no refusal");
            case BAD_CREDENTIALS ->
                isMqtt5
                        ? MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USERNAME_OR_PASSWORD
                        : MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD;
            case NOT_ALLOWED ->
                isMqtt5
                        ? MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED_5
                        : MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED;
            case BUSY ->
                isMqtt5
                        ? MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY
                        : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE;
        };
    }

    static String sentenceOf(final LoginResult result) {
        return switch (result) {
            case ACCEPTED -> null;
            case BAD_CREDENTIALS -> "user name or password is wrong";
            case NOT_ALLOWED -> "the client may not come in";
            case BUSY -> "too many clients log in at once";
        };
    }

    private static String certificateName(final Channel channel) {
        final SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            return null;
        }
        try {
            return tls.engine().getSession().getPeerCertificates()[0] instanceof final X509Certificate certificate
                    ? commonNameOf(certificate.getSubjectX500Principal().getName())
                    : null;
        } catch (final SSLPeerUnverifiedException ex) {
            // The client showed none.
            return null;
        }
    }

    /** The common name nearest to the subject; null where it has none. */
    static String commonNameOf(final String subject) {
        try {
            final List<Rdn> parts = new LdapName(subject).getRdns();
            for (int i = parts.size() - 1; i >= 0; i--) {
                if (parts.get(i).getType().equalsIgnoreCase("CN")
                        && parts.get(i).getValue() instanceof String name) {
                    return name;
                }
            }
            return null;
        } catch (final InvalidNameException ex) {
            throw new IllegalStateException("the subject of a verified certificate is no name: " + subject, ex);
        }
    }
}
