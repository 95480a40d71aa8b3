package claviger.testing;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/** A key for ES256 that was made in this process. */
final class SigningKey {
  private final KeyPair pair;
  private final Map<String, Object> jwk = new LinkedHashMap<>();

  SigningKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      pair = generator.generateKeyPair();
      ECPublicKey key = (ECPublicKey) pair.getPublic();
      jwk.put("crv", "P-256");
      jwk.put("kty", "EC");
      jwk.put("x", coordinate(key.getW().getAffineX()));
      jwk.put("y", coordinate(key.getW().getAffineY()));
      // RFC 7638: of these members, in this order.
      byte[] named = JsonText.of(jwk).getBytes(StandardCharsets.UTF_8);
      String kid = encode(MessageDigest.getInstance("SHA-256").digest(named));
      jwk.putAll(Map.of("use", "sig", "alg", "ES256", "kid", kid));
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }

  String kid() {
    return (String) jwk.get("kid");
  }

  Map<String, Object> jwk() {
    return jwk;
  }

  /** The compact form of a token. */
  String sign(Map<String, Object> header, Map<String, Object> claims) {
    return signParts(
        encode(JsonText.of(header).getBytes(StandardCharsets.UTF_8)),
        encode(JsonText.of(claims).getBytes(StandardCharsets.UTF_8)));
  }

  /** The same, of parts that are encoded. */
  String signParts(String header, String claims) {
    String signed = header + "." + claims;
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(pair.getPrivate());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + encode(signature.sign());
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }

  private static String coordinate(BigInteger number) {
    byte[] bytes = number.toByteArray();
    byte[] sized = new byte[32];
    int length = Math.min(bytes.length, sized.length);
    System.arraycopy(bytes, bytes.length - length, sized, sized.length - length, length);
    return encode(sized);
  }

  private static String encode(byte[] data) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(data);
  }
}
