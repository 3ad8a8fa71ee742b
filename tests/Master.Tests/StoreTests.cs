// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Data.Sqlite;
using Uaas.Configuration;
using Uaas.Linux;
using Uaas.Master.Storage;
using Uaas.Protocol.Agent;

namespace Uaas.Master.Tests;

/// <summary>What is stored stays, whole or not at all.</summary>
public sealed class StoreTests : IDisposable
{
    private static readonly DateTimeOffset Time = DateTimeOffset.UnixEpoch;

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-store-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "uaas.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_wanted_is_there_again_after_opening_anew()
    {
        ServiceDefinition definition = Definition("site");
        using (var store = Store.Open(Path))
        {
            store.Change(change =>
            {
                StoredNamespace owner = change.Put("shop", new NamespaceLimits { Instances = 5 });
                StoredService service = change.Put(owner.Id, definition, 1);
                change.Add(Revision(service.Id, 1));
            });
        }
        using var again = Store.Open(Path);
        Assert.Equal(("shop", 5), (again.Namespaces().Single().Name, again.Namespaces().Single().Limits.Instances));
        Assert.Equal(ServiceDigest.Of(definition), ServiceDigest.Of(again.Services().Single().Definition));
        Assert.Equal("1-1", again.Revisions().Single().Template.Id);
    }

    [Fact]
    public void A_change_that_fails_changes_nothing()
    {
        using var store = Store.Open(Path);
        Assert.Throws<InvalidOperationException>(() => store.Change(change =>
        {
            change.Put("shop", new NamespaceLimits());
            throw new InvalidOperationException();
        }));
        Assert.Empty(store.Namespaces());
    }

    [Fact]
    public void Each_change_of_a_service_is_another_version_of_the_same_service()
    {
        using var store = Store.Open(Path);
        StoredService? first = null, second = null;
        store.Change(change => first = change.Put(change.Put("shop", new NamespaceLimits()).Id, Definition("site"), 1));
        store.Change(change => second = change.Put(first!.Namespace, Definition("site"), 2));
        Assert.Equal((first!.Id, first.Version + 1, 2), (second!.Id, second.Version, second.Wanted));
    }

    [Fact]
    public void Old_revisions_are_forgotten_but_not_the_one_that_is_wanted()
    {
        using var store = Store.Open(Path);
        store.Change(change =>
        {
            StoredService service = change.Put(change.Put("shop", new NamespaceLimits()).Id, Definition("site"), 1);
            for (int number = 1; number <= 5; number++)
                change.Add(Revision(service.Id, number));
            change.ForgetRevisions(service.Id, 2);
        });
        Assert.Equal([1, 4, 5], store.Revisions().Select(revision => revision.Number));
    }

    [Fact]
    public async Task Events_are_numbered_on_and_found_by_service()
    {
        using var store = Store.Open(Path);
        for (int run = 0; run < 2; run++)
        {
            var history = new History(store, TimeProvider.System);
            history.Add("site", "site-1", "ready", "it answers");
            history.Add("other", null, "scaled", "from 0 to 1");
            await history.DisposeAsync();
        }
        Assert.Equal([1L, 2L, 3L, 4L], store.Events(null, 0, 10).Select(one => one.Id));
        Assert.Equal([1L, 3L], store.Events("site", 0, 10).Select(one => one.Id));
        Assert.Equal([4L], store.Events(null, 3, 10).Select(one => one.Id));
    }

    [Fact]
    public void A_token_is_found_by_its_hash_alone()
    {
        using var store = Store.Open(Path);
        store.Change(change => change.AddToken("ci", Role.Deploy, "team", [1, 2, 3], Time));
        Assert.Equal(Role.Deploy, store.FindToken([1, 2, 3])!.Role);
        Assert.Null(store.FindToken([1, 2, 4]));
    }

    [Fact]
    public async Task Events_that_cannot_be_stored_are_said_to_be_lost()
    {
        using var store = Store.Open(Path);
        var history = new History(store, TimeProvider.System);
        var said = new TaskCompletionSource<string>();
        history.Failed += text => said.TrySetResult(text);
        Run("DROP TABLE event");
        history.Add("web", null, "started", "it serves");
        Assert.StartsWith("1 events are lost: ", await said.Task.WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
        await history.DisposeAsync();
    }

    [Fact]
    public void A_database_of_a_later_version_is_left_alone()
    {
        using (var connection = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 999";
            command.ExecuteNonQuery();
        }
        Assert.Contains("later version", Assert.Throws<UaasException>(() => Store.Open(Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_of_an_earlier_version_is_brought_up_to_date_with_all_that_is_in_it()
    {
        Downgrade();
        using var store = Store.Open(Path);
        Assert.Null(store.Revisions().Single().Failure);
        Assert.Null(store.FindToken([1])!.Namespace);
        store.Change(change => change.Add(Revision(1, 1) with { Failure = "it did not boot" }));
        Assert.Equal("it did not boot", store.Revisions().Single().Failure);
    }

    [Fact]
    public void A_step_that_fails_leaves_the_database_as_it_was()
    {
        Downgrade();
        Run("ALTER TABLE token ADD COLUMN namespace TEXT");
        Assert.Throws<UaasException>(() => Store.Open(Path));
        Run("ALTER TABLE token DROP COLUMN namespace");
        using var store = Store.Open(Path);
        Assert.Single(store.Revisions());
    }

    /// <summary>A database as the first version of this program wrote it.</summary>
    private void Downgrade()
    {
        using (var store = Store.Open(Path))
        {
            store.Change(change =>
            {
                StoredService service = change.Put(change.Put("shop", new NamespaceLimits()).Id, Definition("site"), 1);
                change.Add(Revision(service.Id, 1));
                change.AddToken("ci", Role.Deploy, null, [1], Time);
            });
        }
        Run("ALTER TABLE revision DROP COLUMN failure; ALTER TABLE token DROP COLUMN namespace; ALTER TABLE namespace DROP COLUMN tls; ALTER TABLE answer DROP COLUMN etag; PRAGMA user_version = 1");
    }

    private void Run(string text)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    private static ServiceDefinition Definition(string name) => new() { Name = name, Image = new ImageSource(ImageKind.BuiltIn, "http"), Routes = [new Route { Path = "/a" }] };

    private static StoredRevision Revision(int service, int number) => new(service, number, $"digest-{number}", Definition("site"),
        new InstanceTemplate { Id = $"{service}-{number}", Service = "site", Revision = number, Monitor = "spt", Image = "none", MemoryMebibytes = 32 }, Time);
}
