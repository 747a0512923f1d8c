// Adds a record, takes the next one of a campaign group and reports its result.
//   java Client.java [LIST [GROUP [PHONE]]]     a JDK of version 11 or later
// OUTPOST_URL is where the server listens, OUTPOST_TOKEN its bearer token where it asks for one.
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Client {
  private static final int TRIES = 5;
  private static final Set<Integer> WORTH_ANOTHER_TRY = Set.of(429, 500, 502, 503, 504);

  private final String url;
  private final String token;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(5)).build();

  Client(String url, String token) {
    this.url = url;
    this.token = token;
  }

  // The answer to one request, which is sent again when it is not known whether it arrived. One key for all tries: what
  // the server has done already it does not do again, and answers as it did.
  String send(String path, String body) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
        .timeout(Duration.ofSeconds(10))
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", UUID.randomUUID().toString())
        .POST(HttpRequest.BodyPublishers.ofString(body));
    if (token != null) request.header("Authorization", "Bearer " + token);
    String failure = "";
    for (int attempt = 0; attempt < TRIES; ++attempt) {
      long wait = 200L << attempt;
      try {
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 200) return response.body();
        failure = response.statusCode() + " " + response.body();
        if (!WORTH_ANOTHER_TRY.contains(response.statusCode())) break;
        wait = Math.max(wait, 1000 * response.headers().firstValueAsLong("Retry-After").orElse(0));
      } catch (IOException error) {
        failure = error.toString();
      }
      if (attempt + 1 < TRIES) Thread.sleep(wait);
    }
    throw new IOException(path + ": " + failure);
  }

  // An answer is one flat object; a program of more than a page takes its JSON library.
  static String member(String answer, String key) {
    Matcher found = Pattern.compile("\"" + key + "\":\"?([^\",}]*)").matcher(answer);
    return found.find() ? found.group(1) : "";
  }

  static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  void run(String list, String group, String phone) throws IOException, InterruptedException {
    String added = send("/lists/" + encoded(list) + "/AddRecord",
        "{\"GSW_PHONE\":\"" + phone + "\",\"GSW_TZ_NAME\":\"GMT\"}");
    System.out.println("added: chain " + member(added, "GSW_CHAIN_ID"));

    String preview = send("/campaigngroups/" + group + "/PreviewRecordRequest", "{\"GSW_AGENT_ID\":\"agent7\"}");
    if (member(preview, "GSW_USER_EVENT").equals("PreviewRecordEmpty")) {
      System.out.println("nothing is due");
      return;
    }
    String handle = member(preview, "GSW_RECORD_HANDLE");
    System.out.println("preview: handle " + handle + ", phone " + member(preview, "GSW_PHONE"));

    send("/records/" + handle + "/RecordProcessed", "{\"GSW_CALL_RESULT\":\"Answer\"}");
    System.out.println("processed: handle " + handle);
  }

  public static void main(String[] arguments) throws InterruptedException {
    String url = System.getenv().getOrDefault("OUTPOST_URL", "http://127.0.0.1:8080");
    try {
      new Client(url, System.getenv("OUTPOST_TOKEN")).run(
          arguments.length > 0 ? arguments[0] : "Spring_2024",
          arguments.length > 1 ? arguments[1] : "201",
          arguments.length > 2 ? arguments[2] : "+15550100");
    } catch (IOException error) {
      System.err.println(error.getMessage());
      System.exit(1);
    }
  }
}
