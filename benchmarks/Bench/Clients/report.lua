-- SPDX-License-Identifier: Apache-2.0
-- What wrk found, as one line of numbers: requests, microseconds, bytes, errors, then p50, p99 and the greatest latency in microseconds.
function done(summary, latency, requests)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format("uaas-report %d %d %d %d %d %d %d\n", summary.requests, summary.duration, summary.bytes, errors,
    latency:percentile(50), latency:percentile(99), latency.max))
end
