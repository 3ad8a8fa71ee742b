// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using Microsoft.Data.Sqlite;
using Uaas.Linux;

namespace Uaas.Master.Storage;

/// <summary>The database's shape, as a list of steps that is only ever added to. SQLite's user_version says how many have been taken.</summary>
internal static class Migrations
{
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE namespace (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, limits TEXT NOT NULL, version INTEGER NOT NULL);
        CREATE TABLE service (
            id INTEGER PRIMARY KEY AUTOINCREMENT, namespace INTEGER NOT NULL REFERENCES namespace(id), name TEXT NOT NULL,
            definition TEXT NOT NULL, wanted INTEGER NOT NULL, version INTEGER NOT NULL, UNIQUE (namespace, name));
        CREATE TABLE revision (
            service INTEGER NOT NULL REFERENCES service(id) ON DELETE CASCADE, number INTEGER NOT NULL, digest TEXT NOT NULL,
            definition TEXT NOT NULL, template TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (service, number)) WITHOUT ROWID;
        CREATE TABLE event (
            id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, service TEXT, instance TEXT, kind TEXT NOT NULL, message TEXT NOT NULL);
        CREATE INDEX event_service ON event(service, id);
        CREATE TABLE token (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, role INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, created INTEGER NOT NULL);
        CREATE TABLE answer (key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
        """,
        """
        ALTER TABLE revision ADD COLUMN failure TEXT;
        ALTER TABLE token ADD COLUMN namespace TEXT;
        """,
        """
        ALTER TABLE namespace ADD COLUMN tls TEXT NOT NULL DEFAULT '{"certificates":[],"redirect":false,"minimum":0}';
        """,
        """
        ALTER TABLE answer ADD COLUMN etag TEXT;
        """,
    ];

    /// <summary>Takes the steps that are still to be taken, each whole or not at all.</summary>
    /// <exception cref="UaasException">The database is of a later version of this program.</exception>
    internal static void Run(SqliteConnection connection)
    {
        long taken = Version(connection);
        if (taken > Steps.Length)
        {
            throw new UaasException(Failure.Usage, $"the state in {connection.DataSource} was written by a later version of uaas",
                "run that version, or give another directory with --state");
        }
        for (long step = taken; step < Steps.Length; step++)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            using SqliteCommand command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = Steps[step] + string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {step + 1};");
            command.ExecuteNonQuery();
            transaction.Commit();
        }
    }

    private static long Version(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return (long)command.ExecuteScalar()!;
    }
}
