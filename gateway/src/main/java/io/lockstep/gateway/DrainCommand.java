package io.lockstep.gateway;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code gateway drain}: sends the clients of a running gateway elsewhere, and waits until they are gone. */
@Command(
        name = "drain",
        mixinStandardHelpOptions = true,
        description = {
            "Sends the clients of a gateway on this machine elsewhere, spread over a time, and waits until they are gone.",
            "Their sessions go on at other gateways. The gateway refuses new ones from then on; stop it when this ends."
        })
final class DrainCommand implements Callable<Integer> {
    private static final int MAX_SECONDS = 3_600;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final long POLL_MS = 200;
    private static final Pattern SESSIONS = Pattern.compile("\"sessions\":(\\d+)");
    // What was read is answered first, which takes as long as the cluster needs.
    private static final int GRACE_SECONDS = 100;

    @Option(
            names = "--http",
            required = true,
            paramLabel = "HOST:PORT",
            description = "Where the gateway tells its health, from its own machine.")
    private String http;

    @Option(
            names = "--over",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "Time until the last client is told, 0 to 3600 (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--server-reference",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "Where MQTT 5.0 clients are told to go: HOST:PORT, several with spaces between.")
    private String serverReference;

    @Option(names = "--moved", description = "Tell that it is for good (0x9D), not for now (0x9C).")
    private boolean isMoved;

    @Spec
    private CommandSpec spec;

    DrainCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() {
        if (seconds < 0 || seconds > MAX_SECONDS) {
            throw new ParameterException(spec.commandLine(), "--over takes 0 to " + MAX_SECONDS + " seconds");
        }
        final HttpClient client =
                HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
        try {
            long clients = clients(send(
                    client,
                    HttpRequest.newBuilder(uri("/drain?seconds=" + seconds + "&moved=" + isMoved + "&serverReference="
                                    + URLEncoder.encode(serverReference, StandardCharsets.UTF_8)))
                            .POST(HttpRequest.BodyPublishers.noBody())));
            final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds + (long) GRACE_SECONDS);
            long told = -1;
            while (clients > 0 && System.nanoTime() - deadlineNs < 0) {
                if (clients != told) {
                    told = clients;
                    spec.commandLine().getErr().println(clients + " clients");
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MS);
                clients = clients(
                        send(client, HttpRequest.newBuilder(uri("/status")).GET()));
            }
            spec.commandLine().getOut().println(clients == 0 ? "no clients" : clients + " clients are still there");
            return clients == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        } catch (final IOException ex) {
            spec.commandLine()
                    .getErr()
                    .println("the gateway at " + http + " does not answer as one: " + ex.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    private URI uri(final String path) {
        try {
            return URI.create("http://" + http + path);
        } catch (final IllegalArgumentException ex) {
            throw new ParameterException(spec.commandLine(), "--http is HOST:PORT, but it is '" + http + "'", ex);
        }
    }

    private static String send(final HttpClient client, final HttpRequest.Builder request)
            throws IOException, InterruptedException {
        final HttpResponse<String> response =
                client.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(response.statusCode() + " " + response.body());
        }
        return response.body();
    }

    private static long clients(final String status) throws IOException {
        // Not connections: clients that come back are refused, and count for a moment.
        final Matcher matcher = SESSIONS.matcher(status);
        if (!matcher.find()) {
            throw new IOException("it tells no number of sessions");
        }
        return Long.parseLong(matcher.group(1));
    }
}
