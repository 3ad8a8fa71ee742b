// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Uaas.Configuration;

namespace Uaas.Master.Storage;

/// <summary>Changes that are made together.</summary>
public sealed class StoreChange
{
    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;

    internal StoreChange(SqliteConnection connection, SqliteTransaction transaction)
    {
        _connection = connection;
        _transaction = transaction;
    }

    /// <summary>Makes a namespace, or changes what it may take and how it is reached; returns it as it is stored.</summary>
    public StoredNamespace Put(string name, NamespaceLimits limits, TlsSettings? tls = null)
    {
        tls ??= new TlsSettings();
        Run("INSERT INTO namespace (name, limits, version, tls) VALUES ($name, $limits, 1, $tls) ON CONFLICT (name) DO UPDATE SET limits = $limits, tls = $tls, version = version + 1",
            ("$name", name), ("$limits", JsonSerializer.Serialize(limits, StoreJson.Default.NamespaceLimits)), ("$tls", JsonSerializer.Serialize(tls, StoreJson.Default.TlsSettings)));
        using SqliteCommand command = Command("SELECT id, version FROM namespace WHERE name = $name", ("$name", name));
        using SqliteDataReader row = command.ExecuteReader();
        row.Read();
        return new StoredNamespace(row.GetInt32(0), name, limits, row.GetInt64(1), tls);
    }

    /// <summary>Makes a service, or changes it; returns it as it is stored.</summary>
    public StoredService Put(int owner, ServiceDefinition definition, int wanted)
    {
        Run("""
            INSERT INTO service (namespace, name, definition, wanted, version) VALUES ($namespace, $name, $definition, $wanted, 1)
            ON CONFLICT (namespace, name) DO UPDATE SET definition = $definition, wanted = $wanted, version = version + 1
            """,
            ("$namespace", owner), ("$name", definition.Name), ("$definition", JsonSerializer.Serialize(definition, ConfigurationJson.Default.ServiceDefinition)), ("$wanted", wanted));
        using SqliteCommand command = Command("SELECT id, version FROM service WHERE namespace = $namespace AND name = $name", ("$namespace", owner), ("$name", definition.Name));
        using SqliteDataReader row = command.ExecuteReader();
        row.Read();
        return new StoredService(row.GetInt32(0), owner, definition.Name, definition, wanted, row.GetInt64(1));
    }

    /// <summary>Takes a service out, with its revisions.</summary>
    public void RemoveService(int service) => Run("DELETE FROM service WHERE id = $id", ("$id", service));

    /// <summary>Adds a revision.</summary>
    public void Add(StoredRevision revision) => Run(
        "INSERT OR REPLACE INTO revision (service, number, digest, definition, template, created, failure) VALUES ($service, $number, $digest, $definition, $template, $created, $failure)",
        ("$service", revision.Service), ("$number", revision.Number), ("$digest", revision.Digest),
        ("$definition", JsonSerializer.Serialize(revision.Definition, ConfigurationJson.Default.ServiceDefinition)),
        ("$template", JsonSerializer.Serialize(revision.Template, StoreJson.Default.InstanceTemplate)), ("$created", revision.CreatedAt.ToUnixTimeMilliseconds()),
        ("$failure", (object?)revision.Failure ?? DBNull.Value));

    /// <summary>Forgets the revisions of a service before the last <paramref name="kept"/>; the one that is wanted stays.</summary>
    public void ForgetRevisions(int service, int kept) => Run("""
        DELETE FROM revision WHERE service = $service AND number NOT IN (SELECT number FROM revision WHERE service = $service ORDER BY number DESC LIMIT $kept)
        AND number <> (SELECT wanted FROM service WHERE id = $service)
        """, ("$service", service), ("$kept", kept));

    /// <summary>Sets a setting.</summary>
    public void Set(string name, long value) =>
        Run("INSERT INTO setting (name, value) VALUES ($name, $value) ON CONFLICT (name) DO UPDATE SET value = $value", ("$name", name), ("$value", value));

    /// <summary>Adds a token by its hash.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="role">What it allows.</param>
    /// <param name="owner">The namespace that it is for; null for all.</param>
    /// <param name="hash">The SHA-256 of it.</param>
    /// <param name="now">The time.</param>
    public void AddToken(string name, Role role, string? owner, byte[] hash, DateTimeOffset now) =>
        Run("INSERT INTO token (name, role, hash, created, namespace) VALUES ($name, $role, $hash, $created, $namespace)",
            ("$name", name), ("$role", (int)role), ("$hash", hash), ("$created", now.ToUnixTimeMilliseconds()), ("$namespace", (object?)owner ?? DBNull.Value));

    /// <summary>Takes a token out; whether there was one.</summary>
    public bool RemoveToken(string name) => Run("DELETE FROM token WHERE name = $name", ("$name", name)) > 0;

    /// <summary>Keeps the answer to a request with an idempotency key, and forgets those from before <paramref name="forgetBefore"/>.</summary>
    public void Keep(string key, StoredAnswer answer, DateTimeOffset now, DateTimeOffset forgetBefore)
    {
        Run("DELETE FROM answer WHERE created < $before", ("$before", forgetBefore.ToUnixTimeMilliseconds()));
        Run("INSERT OR REPLACE INTO answer (key, request, status, body, etag, created) VALUES ($key, $request, $status, $body, $etag, $created)",
            ("$key", key), ("$request", answer.RequestHash), ("$status", answer.Status), ("$body", answer.Body), ("$etag", (object?)answer.ETag ?? DBNull.Value), ("$created", now.ToUnixTimeMilliseconds()));
    }

    internal void Add(StoredEvent one) => Run("INSERT INTO event (id, time, service, instance, kind, message) VALUES ($id, $time, $service, $instance, $kind, $message)",
        ("$id", one.Id), ("$time", one.Time.ToUnixTimeMilliseconds()), ("$service", (object?)one.Service ?? DBNull.Value), ("$instance", (object?)one.Instance ?? DBNull.Value),
        ("$kind", one.Kind), ("$message", one.Message));

    internal void ForgetEvents(int kept) => Run("DELETE FROM event WHERE id <= (SELECT MAX(id) FROM event) - $kept", ("$kept", kept));

    private int Run(string text, params ReadOnlySpan<(string Name, object Value)> values) => Store.Run(_connection, _transaction, text, values);

    private SqliteCommand Command(string text, params ReadOnlySpan<(string Name, object Value)> values)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.Transaction = _transaction;
        command.CommandText = text;
        foreach ((string name, object value) in values)
            command.Parameters.AddWithValue(name, value);
        return command;
    }
}
