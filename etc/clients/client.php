<?php
// Adds a record, takes the next one of a campaign group and reports its result.
//   php client.php [LIST [GROUP [PHONE]]]     PHP 8 or later, no extension
// OUTPOST_URL is where the server listens, OUTPOST_TOKEN its bearer token where it asks for one.
declare(strict_types=1);

const TRIES = 5;
const WORTH_ANOTHER_TRY = [429, 500, 502, 503, 504];

/** Status, seconds to wait as the server says, and the answer; status 0 when there was none. */
function send_once(string $url, array $headers, string $body): array
{
    $context = stream_context_create(['http' => [
        'method' => 'POST', 'header' => $headers, 'content' => $body, 'timeout' => 10, 'ignore_errors' => true,
        'protocol_version' => 1.1,
    ]]);
    $stream = @fopen($url, 'r', false, $context);
    if ($stream === false) {
        return [0, 0, error_get_last()['message'] ?? 'no answer'];
    }
    $lines = stream_get_meta_data($stream)['wrapper_data'];
    $text = (string) stream_get_contents($stream);
    fclose($stream);
    $wait = 0;
    foreach ($lines as $line) {
        if (preg_match('/^Retry-After: *(\d+)/i', $line, $found)) {
            $wait = (int) $found[1];
        }
    }
    return [(int) explode(' ', $lines[0])[1], $wait, $text];
}

/**
 * The answer to one request, which is sent again when it is not known whether it arrived. One key for all tries: what the
 * server has done already it does not do again, and answers as it did.
 */
function send(string $path, array $body): array
{
    $headers = ['Content-Type: application/json', 'Connection: close', 'Idempotency-Key: ' . bin2hex(random_bytes(16))];
    if ($token = getenv('OUTPOST_TOKEN')) {
        $headers[] = "Authorization: Bearer $token";
    }
    $url = (getenv('OUTPOST_URL') ?: 'http://127.0.0.1:8080') . $path;
    $failure = '';
    for ($attempt = 0; $attempt < TRIES; ++$attempt) {
        [$status, $retry_after, $text] = send_once($url, $headers, json_encode((object) $body));
        $answer = json_decode($text, true);
        if ($status === 200 && is_array($answer)) {
            return $answer;
        }
        $failure = "$status $text";
        if ($status !== 0 && $status !== 200 && !in_array($status, WORTH_ANOTHER_TRY, true)) {
            break;
        }
        if ($attempt + 1 < TRIES) {
            usleep((int) max(200_000 * 2 ** $attempt, 1_000_000 * $retry_after));
        }
    }
    fwrite(STDERR, "$path: $failure\n");
    exit(1);
}

[$list, $group, $phone] = array_slice($argv, 1) + ['Spring_2024', '201', '+15550100'];

$added = send('/lists/' . rawurlencode($list) . '/AddRecord', ['GSW_PHONE' => $phone, 'GSW_TZ_NAME' => 'GMT']);
echo "added: chain {$added['GSW_CHAIN_ID']}\n";

$preview = send("/campaigngroups/$group/PreviewRecordRequest", ['GSW_AGENT_ID' => 'agent7']);
if ($preview['GSW_USER_EVENT'] === 'PreviewRecordEmpty') {
    echo "nothing is due\n";
    exit;
}
$handle = $preview['GSW_RECORD_HANDLE'];
echo "preview: handle $handle, phone {$preview['GSW_PHONE']}\n";

send("/records/$handle/RecordProcessed", ['GSW_CALL_RESULT' => 'Answer']);
echo "processed: handle $handle\n";
