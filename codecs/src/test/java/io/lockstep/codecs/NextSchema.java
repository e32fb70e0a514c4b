package io.lockstep.codecs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import uk.co.real_logic.sbe.ir.Ir;
import uk.co.real_logic.sbe.xml.IrGenerator;
import uk.co.real_logic.sbe.xml.ParserOptions;
import uk.co.real_logic.sbe.xml.XmlSchemaParser;

/** The schema of today, and what the next version of it could look like: one more field in every block. */
final class NextSchema {
    static final String ADDED_FIELD = "addedLater";

    private static final Pattern MESSAGE =
            Pattern.compile("<sbe:message name=\"(\\w+)\".*?</sbe:message>", Pattern.DOTALL);
    private static final Pattern BLOCK_END = Pattern.compile("<group|<data|</sbe:message>");

    private NextSchema() {}

    static String todaysText() {
        try (InputStream input = NextSchema.class.getResourceAsStream("/lockstep-schema.xml")) {
            return new String(input.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    static List<String> messageNames() {
        final List<String> names = new ArrayList<>();
        final Matcher matcher = MESSAGE.matcher(todaysText());
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    static Ir today() {
        return parse(todaysText());
    }

    static Ir next() {
        final String field = "<field name=\"" + ADDED_FIELD
                + "\" id=\"999\" type=\"int64\" presence=\"optional\" sinceVersion=\"2\"/>";
        final String longer = MESSAGE.matcher(todaysText()).replaceAll(message -> {
            final Matcher end = BLOCK_END.matcher(message.group());
            if (!end.find()) {
                throw new IllegalStateException("no end of block in " + message.group());
            }
            final String text = message.group();
            return Matcher.quoteReplacement(text.substring(0, end.start()) + field + text.substring(end.start()));
        });
        return parse(longer.replace(" version=\"1\"", " version=\"2\""));
    }

    private static Ir parse(final String text) {
        final ParserOptions options = ParserOptions.builder()
                .stopOnError(true)
                .warningsFatal(true)
                .suppressOutput(false)
                .build();
        try (InputStream input = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))) {
            return new IrGenerator().generate(XmlSchemaParser.parse(input, options));
        } catch (final Exception ex) {
            throw new IllegalStateException("the schema cannot be parsed", ex);
        }
    }
}
