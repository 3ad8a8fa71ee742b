// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using Microsoft.Data.Sqlite;
using Uaas.Configuration;
using Uaas.Linux;
using Uaas.Protocol.Agent;

namespace Uaas.Master.Storage;

/// <summary>
/// What outlives the master: what is wanted, and what has happened. A SQLite database with a write-ahead log: what a call has stored survives the end of
/// the process at any instant; a change of several rows is made whole or not at all. For use by several threads.
/// </summary>
public sealed class Store : IDisposable
{
    /// <summary>The path of a database that is in memory alone, and goes with the store.</summary>
    public const string InMemory = ":memory:";

    private const int DiskFull = 13;

    // To write a page, and to enlarge the index of the log: SQLite does not look why the kernel refuses these.
    private static readonly int[] s_unwritten = [10 | 3 << 8, 10 | 19 << 8];

    private const int EventsKept = 100_000;

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;

    private Store(SqliteConnection connection)
    {
        _connection = connection;
    }

    /// <summary>Opens the database at a path, makes it if it is not there, and brings it up to this version.</summary>
    /// <exception cref="UaasException">It cannot be opened, or is of a later version.</exception>
    public static Store Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, ForeignKeys = true }.ToString());
        try
        {
            // SQLite gives its log and its index the same permissions. What is in memory is no file.
            if (path != InMemory)
                OwnerFile.Open(path, FileMode.OpenOrCreate).Dispose();
            connection.Open();
            Run(connection, null, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;");
            Migrations.Run(connection);
            return new Store(connection);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Explain(e, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            connection.Dispose();
            throw new UaasException(Failure.Usage, $"cannot use the database {path}: {e.Message}", "see who owns it, or give another directory with --state", e);
        }
    }

    /// <summary>All namespaces.</summary>
    public IReadOnlyList<StoredNamespace> Namespaces() => Query("SELECT id, name, limits, version, tls FROM namespace ORDER BY id", static row =>
        new StoredNamespace(row.GetInt32(0), row.GetString(1), Parse(row.GetString(2), StoreJson.Default.NamespaceLimits), row.GetInt64(3), Parse(row.GetString(4), StoreJson.Default.TlsSettings)));

    /// <summary>All services that are wanted.</summary>
    public IReadOnlyList<StoredService> Services() => Query("SELECT id, namespace, name, definition, wanted, version FROM service ORDER BY id", static row =>
        new StoredService(row.GetInt32(0), row.GetInt32(1), row.GetString(2), Parse(row.GetString(3), ConfigurationJson.Default.ServiceDefinition), row.GetInt32(4), row.GetInt64(5)));

    /// <summary>The revisions of all services, the oldest of each first.</summary>
    public IReadOnlyList<StoredRevision> Revisions() =>
        Query("SELECT service, number, digest, definition, template, created, failure FROM revision ORDER BY service, number", static row => new StoredRevision(
            row.GetInt32(0), row.GetInt32(1), row.GetString(2), Parse(row.GetString(3), ConfigurationJson.Default.ServiceDefinition),
            Parse(row.GetString(4), StoreJson.Default.InstanceTemplate), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(5)), row.IsDBNull(6) ? null : row.GetString(6)));

    /// <summary>Carries out changes together: all of them or, where one fails, none.</summary>
    /// <exception cref="UaasException">The disk is full, or the database cannot be written.</exception>
    public void Change(Action<StoreChange> make)
    {
        lock (_lock)
        {
            try
            {
                using SqliteTransaction transaction = _connection.BeginTransaction();
                make(new StoreChange(_connection, transaction));
                transaction.Commit();
            }
            catch (SqliteException e)
            {
                throw Explain(e, _connection.DataSource);
            }
        }
    }

    /// <summary>A setting; <paramref name="otherwise"/> where it was never set.</summary>
    public long Setting(string name, long otherwise)
    {
        IReadOnlyList<long> found = Query("SELECT value FROM setting WHERE name = $name", static row => row.GetInt64(0), ("$name", name));
        return found.Count == 0 ? otherwise : found[0];
    }

    /// <summary>Adds events, and forgets the oldest beyond a bound.</summary>
    public void AddEvents(IReadOnlyList<StoredEvent> events) => Change(change =>
    {
        foreach (StoredEvent one in events)
            change.Add(one);
        change.ForgetEvents(EventsKept);
    });

    /// <summary>The latest events, oldest first.</summary>
    /// <param name="service">Of that service alone; null for all.</param>
    /// <param name="after">Only those after this number.</param>
    /// <param name="count">How many at most.</param>
    public IReadOnlyList<StoredEvent> Events(string? service, long after, int count)
    {
        const string query = """
            SELECT * FROM (SELECT id, time, service, instance, kind, message FROM event
            WHERE id > $after AND ($service IS NULL OR service = $service) ORDER BY id DESC LIMIT $count) ORDER BY id
            """;
        return Query(query, static row => new StoredEvent(row.GetInt64(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)),
            row.IsDBNull(2) ? null : row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4), row.GetString(5)),
            ("$after", after), ("$service", (object?)service ?? DBNull.Value), ("$count", count));
    }

    /// <summary>The number of the last event.</summary>
    public long LastEvent() => Query("SELECT COALESCE(MAX(id), 0) FROM event", static row => row.GetInt64(0))[0];

    /// <summary>All tokens.</summary>
    public IReadOnlyList<StoredToken> Tokens() => Query("SELECT id, name, role, created, namespace FROM token ORDER BY id", ReadToken);

    /// <summary>The token of that hash; null where there is none.</summary>
    public StoredToken? FindToken(byte[] hash)
    {
        IReadOnlyList<StoredToken> found = Query("SELECT id, name, role, created, namespace FROM token WHERE hash = $hash", ReadToken, ("$hash", hash));
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>What was answered to a request with that idempotency key; null where there was none.</summary>
    public StoredAnswer? FindAnswer(string key)
    {
        IReadOnlyList<StoredAnswer> found = Query("SELECT request, status, body, etag FROM answer WHERE key = $key",
            static row => new StoredAnswer(row.GetString(0), row.GetInt32(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3)), ("$key", key));
        return found.Count == 0 ? null : found[0];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _connection.Dispose();
    }

    internal static int Run(SqliteConnection connection, SqliteTransaction? transaction, string text, params ReadOnlySpan<(string Name, object Value)> values)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = text;
        foreach ((string name, object value) in values)
            command.Parameters.AddWithValue(name, value);
        return command.ExecuteNonQuery();
    }

    private static StoredToken ReadToken(SqliteDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), (Role)row.GetInt32(2), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)), row.IsDBNull(4) ? null : row.GetString(4));

    private List<T> Query<T>(string text, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object Value)> values)
    {
        lock (_lock)
        {
            using SqliteCommand command = _connection.CreateCommand();
            command.CommandText = text;
            foreach ((string name, object value) in values)
                command.Parameters.AddWithValue(name, value);
            using SqliteDataReader rows = command.ExecuteReader();
            var result = new List<T>();
            while (rows.Read())
                result.Add(read(rows));
            return result;
        }
    }

    private static T Parse<T>(string json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(json, type) ?? throw new JsonException("null in the store");

    private static UaasException Explain(SqliteException e, string path) => e.SqliteErrorCode == DiskFull || s_unwritten.Contains(e.SqliteExtendedErrorCode)
        ? new UaasException(Failure.Disk, $"no room to write {path}", "free some space, or give another directory with --state", e)
        : new UaasException(Failure.Usage, $"cannot use the database {path}: {e.Message}", "see who owns it, or give another directory with --state", e);
}
