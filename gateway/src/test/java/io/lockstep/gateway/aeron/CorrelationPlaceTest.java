package io.lockstep.gateway.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The gateway writes its own correlation id where the client's is, so that must be at the same place in every message. */
class CorrelationPlaceTest {
    @Test
    void shouldBeginWithItWhenAMessageIsACommandOrAnAnswer() throws Exception {
        // given
        final NodeList messages;
        try (InputStream schema = CorrelationPlaceTest.class.getResourceAsStream("/lockstep-schema.xml")) {
            messages = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(schema)
                    .getElementsByTagName("sbe:message");
        }

        // when
        final List<String> others = new ArrayList<>();
        int count = 0;
        for (int i = 0; i < messages.getLength(); i++) {
            final Element message = (Element) messages.item(i);
            if (Integer.parseInt(message.getAttribute("id")) < 200) {
                count++;
                final Element first =
                        (Element) message.getElementsByTagName("field").item(0);
                if (!first.getAttribute("name").equals("correlationId")
                        || !first.getAttribute("type").equals("int64")) {
                    others.add(message.getAttribute("name"));
                }
            }
        }

        // then
        assertTrue(count > 50, "found " + count + " messages");
        assertEquals(List.of("Publish", "PublishReply"), others);
    }
}
