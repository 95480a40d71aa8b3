package claviger.testing;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens of somebody who knows the public keys and an active token, and has a listener of his own. */
public final class ForgedTokens {
  private ForgedTokens() {}

  /** By name. None of them may be accepted, and none may make a verifier connect to the URL. */
  public static Map<String, String> of(TestIssuer issuer, String url) throws GeneralSecurityException {
    SigningKey own = new SigningKey();
    String valid = issuer.token("ci:read");
    String[] parts = valid.split("\\.");
    String kid = decode(parts[0]).replaceFirst(".*\"kid\":\"([^\"]*)\".*", "$1");
    String claims = parts[1];
    Map<String, String> forged = new LinkedHashMap<>();
    for (String member : List.of("jku", "x5u", "jwk", "x5c")) {
      for (String named : List.of(kid, own.kid(), url)) {
        Map<String, Object> header = header("ES256", named);
        header.put(member, switch (member) {
          case "jwk" -> own.jwk();
          case "x5c" -> List.of(url);
          default -> url;
        });
        forged.put(member + " with the kid " + named, own.signParts(encode(header), claims));
      }
    }
    for (String alg : List.of("none", "None", "NONE", "")) {
      forged.put("alg '" + alg + "'", encode(header(alg, kid)) + "." + claims + ".");
      forged.put("alg '" + alg + "' with a signature", encode(header(alg, kid)) + "." + claims + "." + parts[2]);
    }
    String input = encode(header("HS256", kid)) + "." + claims;
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(issuer.currentKey().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    String signature = encode(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
    forged.put("HS256 with the public key", input + "." + signature);
    for (String typ : List.of("JWT", "rt+jwt", "dpop+jwt")) {
      forged.put("typ " + typ, issuer.newToken().header("typ", typ).sign());
    }
    forged.put("no typ", issuer.newToken().header("typ", null).sign());
    forged.put("crit", issuer.newToken().header("crit", List.of("exp")).sign());
    forged.put("another audience", issuer.newToken().audience(url).sign());
    forged.put("another issuer", issuer.newToken().claim("iss", url).sign());
    forged.put("zero signature", parts[0] + "." + claims + "." + encode(new byte[64]));
    forged.put("no signature", parts[0] + "." + claims + ".");
    return forged;
  }

  private static Map<String, Object> header(String alg, String kid) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("typ", "at+jwt");
    header.put("alg", alg);
    header.put("kid", kid);
    return header;
  }

  private static String encode(Map<String, Object> header) {
    return encode(JsonText.of(header).getBytes(StandardCharsets.UTF_8));
  }

  private static String encode(byte[] data) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(data);
  }

  private static String decode(String part) {
    return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
  }

  /** Names of those that are accepted, for the message of a test. */
  public static List<String> accepted(Map<String, String> forged, java.util.function.ToIntFunction<String> status) {
    List<String> accepted = new ArrayList<>();
    forged.forEach((name, token) -> {
      int answer = status.applyAsInt(token);
      if (answer != 401 && answer != 503) {
        accepted.add(name + ": " + answer);
      }
    });
    return accepted;
  }
}
