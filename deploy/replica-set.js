// The health check of a MongoDB of compose: is it a primary whose user `root` has our password?
//
// The first time it makes the server a replica set of one member, and then creates the user. MongoDB allows both without
// a password only to a connection from the same container, and only until there is a user.

const hello = db.hello();
if (!hello.setName) {
  rs.initiate({ _id: process.env.REPLICA_SET, members: [{ _id: 0, host: process.env.MEMBER }] });
}
if (!hello.isWritablePrimary) quit(1); // it is one in a moment: the next check sees it

const admin = db.getSiblingDB("admin");
const password = process.env.MONGO_PASSWORD;
try {
  admin.auth("root", password);
} catch {
  admin.createUser({ user: "root", pwd: password, roles: ["root"] });
}
