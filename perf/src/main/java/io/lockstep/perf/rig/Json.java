package io.lockstep.perf.rig;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;

/** Writes results as one line of JSON. */
final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int DECIMALS = 3;

    private Json() {}

    static String line(final Map<String, ?> result) {
        try {
            return MAPPER.writeValueAsString(result);
        } catch (final JsonProcessingException ex) {
            throw new IllegalStateException("a result could not be written as JSON: " + result, ex);
        }
    }

    /** A number with three decimals, or null where it is none. */
    static BigDecimal rounded(final double value) {
        return Double.isFinite(value) ? BigDecimal.valueOf(value).setScale(DECIMALS, RoundingMode.HALF_UP) : null;
    }
}
